// SPDX-License-Identifier: Apache-2.0

internal import Raft

// What can be left out of a case, one kind after the other.
extension CaseShrinker {
    /// What comes after the failure has no part in it.
    mutating func endAtFailure() {
        let end = report.virtualTime
        guard
            smallest.profile.duration > end || smallest.schedule.contains(where: { $0.time > end })
        else { return }
        _ = fails {
            $0.schedule.removeAll { $0.time > end }
            $0.profile.duration = min($0.profile.duration, end.roundedUp)
        }
    }

    mutating func dropFaults() {
        let all = smallest.schedule
        _ = minimalFailingPart(of: all) { part in
            part.count < smallest.schedule.count && fails { $0.schedule = part }
        }
    }

    mutating func dropMembers() {
        for count in 1..<max(smallest.profile.members, 1) {
            let remaining = (1...UInt64(count)).compactMap { MemberID($0) }
            let isSmaller = fails {
                $0.profile.members = count
                $0.schedule.removeAll { !$0.fault.concerns(only: remaining) }
            }
            if isSmaller { return }
        }
    }

    mutating func dropClients() {
        let count = smallest.profile.clients.count
        for fewer in [0, 1, 2, count / 2, count - 1] where (0..<count).contains(fewer) {
            let isSmaller = fails {
                $0.profile.clients.count = fewer
                $0.omittedCalls.removeAll { $0.client >= fewer }
            }
            if isSmaller { return }
        }
    }

    /// A limit first: it costs few runs; then the calls below it, if they aren't many.
    mutating func dropCalls() {
        let limit = min(smallest.profile.clients.callLimit, report.callsMade)
        lower("calls", from: limit, to: 0) { $0.profile.clients.callLimit = $1 }
        let profile = smallest.profile.clients
        guard profile.callLimit < 100, profile.callLimit * profile.count <= 200 else { return }
        let all = (0..<profile.count).flatMap { client in
            (0..<profile.callLimit).map { ClientCall(client: client, number: $0) }
        }
        let made = all.filter { !smallest.omittedCalls.contains($0) }
        _ = minimalFailingPart(of: made) { part in
            part.count < all.count - smallest.omittedCalls.count
                && fails { $0.omittedCalls = all.filter { !part.contains($0) } }
        }
    }

    /// Gives fields of the profile back the value that they have by default.
    mutating func simplifyProfile() {
        let ordinary = SimulationProfile()
        let fields = smallest.profile.fieldsOfItsOwn.filter { !$0.isMeasuredApart }
        let before = smallest.profile
        _ = minimalFailingPart(of: fields.map(\.name)) { kept in
            fails { candidate in
                candidate.profile = before
                for field in fields where !kept.contains(field.name) {
                    field.copy(from: ordinary, to: &candidate.profile)
                }
            }
        }
    }

    mutating func shortenRun() {
        let length = Int(smallest.profile.duration.nanoseconds / 1_000_000)
        lower("duration", from: length, to: 0) { candidate, milliseconds in
            let duration = Interval.milliseconds(UInt64(milliseconds))
            candidate.profile.duration = duration
            candidate.schedule.removeAll { $0.time > duration }
        }
    }

    /// Rounds dates and halves times, as long as it goes.
    mutating func simplifyFaults() {
        for position in smallest.schedule.indices {
            let fault = smallest.schedule[position]
            var rounded = fault
            rounded.time = fault.time.roundedUp
            if rounded.time != fault.time { _ = fails { $0.schedule[position] = rounded } }
            while !isSpent {
                let now = smallest.schedule[position]
                guard let shorter = now.shorter, fails(with: { $0.schedule[position] = shorter })
                else { break }
            }
        }
    }
}

extension Interval {
    /// The next whole millisecond.
    fileprivate var roundedUp: Interval {
        .milliseconds((nanoseconds + 999_999) / 1_000_000)
    }

    /// Half of it, in whole milliseconds.
    fileprivate var half: Interval { .milliseconds(nanoseconds / 2_000_000) }
}

extension Fault {
    /// Whether it names no members but these.
    fileprivate func concerns(only members: [MemberID]) -> Bool {
        arguments.allSatisfy { _, value in
            switch value {
            case let target as FaultTarget: target.isOne(of: members)
            case let partition as Partition: partition.concerns(only: members)
            case let ids as [MemberID]: ids.allSatisfy(members.contains)
            default: true
            }
        }
    }
}

extension DatedFault {
    /// The same with all its times halved; nil if they are as short as can be.
    fileprivate var shorter: DatedFault? {
        var isShorter = false
        let arguments = fault.arguments.map { name, value -> (String, (any JSONConvertible)?) in
            guard let time = value as? Interval, time > .milliseconds(1) else {
                return (name, value)
            }
            isShorter = true
            return (name, time.half)
        }
        guard isShorter else { return nil }
        return try? DatedFault(json: Self.json(at: time, fault.kind, arguments))
    }
}
