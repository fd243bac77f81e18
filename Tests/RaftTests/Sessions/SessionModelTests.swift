// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import Raft

/// Sessions as one would write them down first: everything is kept for ever and searched from one end.
private struct NaiveSessions {
    struct Session {
        let id: UInt64
        let lifetime: Int64
        var lastUse: Int64
        /// Grows at every use, so that it orders sessions by it.
        var use: Int
        var hasEnded = false
        var acknowledged: UInt64 = 0
        var replies: [UInt64: (index: UInt64, output: Int64)] = [:]
    }

    var all: [Session] = []
    var uses = 0
    var total: Int64 = 0
    var grace: Int64 = 0
    let limit: Int

    /// An entry that does not begin a term.
    mutating func begin(_ now: Int64) {
        for place in all.indices
        where now >= all[place].lastUse + all[place].lifetime && now >= grace {
            all[place].hasEnded = true
        }
    }

    private mutating func place(_ id: UInt64, _ now: Int64) -> Int? {
        guard let place = all.firstIndex(where: { $0.id == id && !$0.hasEnded }) else { return nil }
        uses += 1
        all[place].use = uses
        all[place].lastUse = now
        return place
    }

    mutating func open(_ lifetime: Int64, _ now: Int64) -> UInt64 {
        while all.count(where: { !$0.hasEnded }) >= limit {
            let oldest = all.indices.filter { !all[$0].hasEnded }.min { all[$0].use < all[$1].use }
            if let oldest { all[oldest].hasEnded = true }
        }
        uses += 1
        let id = UInt64(all.count + 1)
        all.append(Session(id: id, lifetime: lifetime, lastUse: now, use: uses))
        return id
    }

    mutating func keepAlive(_ id: UInt64, _ now: Int64) -> Bool { place(id, now) != nil }

    mutating func close(_ id: UInt64, _ now: Int64) -> Bool {
        guard let place = place(id, now) else { return false }
        all[place].hasEnded = true
        return true
    }

    mutating func add(
        _ number: Int64, _ stamp: SessionStamp, _ now: Int64, _ index: UInt64
    ) -> Result<(Int64, UInt64), ProposalError> {
        let id = stamp.session.rawValue
        guard let place = place(id, now) else {
            guard let past = all.first(where: { $0.id == id }) else {
                return .failure(.rejected(.sessionEnded))
            }
            let highest = past.replies.keys.max() ?? 0
            return .failure(
                stamp.sequence > highest ? .rejected(.sessionEnded) : .sessionEnded)
        }
        guard stamp.sequence > all[place].acknowledged else { return .failure(.acknowledged) }
        guard stamp.sequence > stamp.acknowledgedThrough,
            stamp.sequence <= stamp.acknowledgedThrough + 4
        else { return .failure(.rejected(.outOfWindow)) }
        all[place].acknowledged = max(all[place].acknowledged, stamp.acknowledgedThrough)
        if let reply = all[place].replies[stamp.sequence] {
            return .success((reply.output, reply.index))
        }
        total += number
        all[place].replies[stamp.sequence] = (index, total)
        return .success((total, index))
    }
}

@Suite struct `Sessions: against a naive model` {
    @Test(arguments: 1...40 as ClosedRange<UInt64>)
    func `random uses of many sessions are answered as the model answers them`(seed: UInt64) {
        var random = SplitMix64(seed: seed)
        var limits = SessionLimits()
        limits.sessions = Int(1 + random.next(below: 6))
        limits.window = 4
        limits.grace = 700
        var member = SessionMember(limits)
        var model = NaiveSessions(limit: limits.sessions)
        for step in 0..<600 {
            member.time += Int64(random.next(below: 300))
            let id = 1 + random.next(below: UInt64(model.all.count) + 1)
            if random.next(below: 80) == 0 {
                member.pass(0, .termStart)
                model.grace = member.time + limits.grace
            }
            model.begin(member.time)
            switch random.next(below: 20) {
            case 0:
                let lifetime = 1000 + random.next(below: 5000)
                let opened = member.open(lifetime: .milliseconds(lifetime))
                #expect(opened.rawValue == model.open(Int64(lifetime), member.time))
            case 1:
                let isAlive = model.keepAlive(id, member.time)
                let result = member.operate(.keepAlive(SessionID(id)))
                #expect(isAlive ? result == .success(SessionID(id)) : result.isEnded)
            case 2 where random.next(below: 4) == 0:
                let wasAlive = model.close(id, member.time)
                let result = member.operate(.close(SessionID(id)))
                #expect(wasAlive ? result == .success(SessionID(id)) : result.isEnded)
            default: expectSame(&member, &model, id, step, &random)
            }
            #expect(member.total == model.total)
        }
    }

    private func expectSame(
        _ member: inout SessionMember, _ model: inout NaiveSessions, _ id: UInt64, _ step: Int,
        _ random: inout SplitMix64
    ) {
        // Around where the session stands: repeats, next ones, gaps, and such as are out of place.
        let known = model.all.first { $0.id == id }
        let base = known.map { max($0.acknowledged, $0.replies.keys.max() ?? 0) } ?? 0
        let sequence = max(1, base + 3 - min(base + 2, random.next(below: 6)))
        let acknowledged = sequence - min(sequence, random.next(below: 6))
        let number = Int64(random.next(below: 100))
        let result = member.add(
            number, in: SessionID(id), sequence, acknowledging: acknowledged)
        let stamp = SessionStamp(
            session: SessionID(id), sequence: sequence, acknowledgedThrough: acknowledged)
        switch model.add(number, stamp, member.time, member.applier.index.rawValue) {
        case .success(let (output, index)):
            #expect(result.output == output && result.index == index, "step \(step)")
        case .failure(let error): #expect(result.error == error, "step \(step)")
        }
    }
}

extension Result where Success == SessionID, Failure == ProposalError {
    fileprivate var isEnded: Bool { self == .failure(.rejected(.sessionEnded)) }
}
