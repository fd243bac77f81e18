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

    /// A limit first: it costs few runs; then single calls below it.
    mutating func dropCalls() {
        let limit = min(smallest.profile.clients.callLimit, report.callsMade)
        if limit < smallest.profile.clients.callLimit {
            _ = fails { $0.profile.clients.callLimit = limit }
        }
        lower(from: limit, to: 0) { candidate, limit in
            candidate.profile.clients.callLimit = limit
            candidate.omittedCalls.removeAll { $0.number >= limit }
        }
        let profile = smallest.profile.clients
        guard profile.callLimit < 10_000, profile.callLimit * profile.count < 10_000 else { return }
        let all = (0..<profile.count).flatMap { client in
            (0..<profile.callLimit).map { ClientCall(client: client, number: $0) }
        }
        let omitted = Set(smallest.omittedCalls)
        let lastRun = runs + Self.runsForCalls
        _ = minimalFailingPart(of: all.filter { !omitted.contains($0) }) { part in
            guard runs < lastRun, part.count < all.count - smallest.omittedCalls.count else {
                return false
            }
            let kept = Set(part)
            return fails { $0.omittedCalls = all.filter { !kept.contains($0) } }
        }
    }

    /// Calls are many; when most of them matter, trying them one by one would take all the effort.
    private static var runsForCalls: Int { 200 }

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
        // Everything earlier, in proportion.
        for (factor, divisor) in [(UInt64(1), UInt64(8)), (1, 4), (1, 2), (3, 4)] {
            let isShorter = fails { candidate in
                func scaled(_ time: Interval) -> Interval {
                    Interval(nanoseconds: time.nanoseconds / divisor * factor).roundedUp
                }
                candidate.profile.duration = scaled(candidate.profile.duration)
                for position in candidate.schedule.indices {
                    candidate.schedule[position].time = scaled(candidate.schedule[position].time)
                }
            }
            if isShorter { break }
        }
        let length = Int(smallest.profile.duration.nanoseconds / 1_000_000)
        lower(from: length, to: 0) { candidate, milliseconds in
            let duration = Interval.milliseconds(UInt64(milliseconds))
            candidate.profile.duration = duration
            candidate.schedule.removeAll { $0.time > duration }
        }
    }

    /// Rounds dates and halves times, as long as it goes.
    mutating func simplifyFaults() {
        for position in smallest.schedule.indices {
            let rounded = smallest.schedule[position].mapTimes(\.roundedUp)
            if rounded != smallest.schedule[position] {
                _ = fails { $0.schedule[position] = rounded }
            }
            while !isSpent {
                let now = smallest.schedule[position]
                var shorter = now.mapTimes(\.half)
                shorter.time = now.time
                guard shorter != now, fails(with: { $0.schedule[position] = shorter }) else {
                    break
                }
            }
        }
    }
}

extension Interval {
    /// The next whole millisecond.
    fileprivate var roundedUp: Interval {
        .milliseconds((nanoseconds + 999_999) / 1_000_000)
    }

    /// Half of it in whole milliseconds, but one at least.
    fileprivate var half: Interval {
        nanoseconds <= 1_000_000 ? self : .milliseconds(max(1, nanoseconds / 2_000_000))
    }
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
    /// The same with its date and all its times changed.
    fileprivate func mapTimes(_ change: (Interval) -> Interval) -> DatedFault {
        let arguments = fault.arguments.map { name, value -> (String, (any JSONConvertible)?) in
            guard let time = value as? Interval else { return (name, value) }
            return (name, change(time))
        }
        // By way of the stored form: so a new kind of fault needs nothing here.
        let json = Self.json(at: change(time), fault.kind, arguments)
        return (try? DatedFault(json: json)) ?? self
    }
}
