// SPDX-License-Identifier: Apache-2.0

internal import Raft

// Callers that give up before they are told: at a deadline of their own, or by taking the call back.
extension World {
    /// What a caller does if it has to wait.
    enum Impatience {
        /// Sets a deadline with the call.
        case deadline(Interval)
        /// Takes the call back.
        case withdrawal(Interval)
    }

    /// What the caller of a call does if it has to wait; nil if it waits for as long as it takes.
    func impatience(of call: Int) -> Impatience? {
        let oneIn = profile.clients.impatientOneIn
        guard oneIn > 0, !isSettling else { return nil }
        var random = patience.split("call", UInt64(call))
        guard random.next(below: oneIn) == 0 else { return nil }
        let time = Interval(
            nanoseconds: random.next(below: profile.clients.patience.nanoseconds + 1))
        return random.next(below: 2) == 0 ? .deadline(time) : .withdrawal(time)
    }

    /// When calls are to end by their callers' will, on the member's clock.
    func deadline(_ impatience: Impatience?, _ moment: Moment) -> MonotonicTime? {
        guard case .deadline(let time)? = impatience else { return nil }
        return moment.monotonic + time
    }

    /// Calls were taken by a member whose callers may give them up.
    /// - Parameter number: By which the member knows the first of them.
    func begin(
        _ calls: Range<Int>, as number: UInt64, _ impatience: Impatience?,
        _ member: SimulatedMember, _ moment: Moment
    ) {
        switch impatience {
        case nil: break
        case .deadline(let time):
            member.limits.append(.init(calls: calls, time: moment.monotonic + time))
        case .withdrawal(let time):
            // A batch cannot be taken back.
            guard calls.count == 1 else { return }
            heap.push(
                .giveUp(
                    call: calls.lowerBound, number: number, member: member.position,
                    life: member.life), at: now + time)
        }
    }

    /// A caller takes a call back that it has not been told about.
    func withdraw(
        _ call: Int, _ number: UInt64, _ member: SimulatedMember, _ moment: Moment
    ) {
        guard calls.calls[call].outcome == .waiting else { return }
        switch calls.calls[call].kind {
        case .command:
            member.replica?.withdraw(number)
            member.limits.append(.init(calls: call..<call + 1, time: moment.monotonic))
        case .linearizableRead, .staleRead:
            member.replica?.withdrawRead(number)
            mark(.readGivenUp)
            finish(call, .unavailable)
        }
    }

    /// A turn is over: whatever was to end by now has.
    func judgePatience(_ member: SimulatedMember, _ moment: Moment) {
        guard !member.limits.isEmpty else { return }
        member.limits.removeAll { limit in
            guard limit.time <= moment.monotonic else { return false }
            if let open = limit.calls.first(where: { calls.calls[$0].outcome == .waiting }) {
                fail(
                    "a call ends when its caller gives it up",
                    found: "call \(open) waits on, "
                        + "\((moment.monotonic - limit.time).nanoseconds) ns later",
                    expected: "an end in the same turn")
            }
            return true
        }
    }

    /// A member for which nothing is under way has told everybody.
    func judgePending(_ member: SimulatedMember) {
        guard member.applying.isEmpty, member.replica?.glanceAtQuiet() == true,
            !member.pending.isEmpty
        else { return }
        fail(
            "whoever proposed a command is told what became of it",
            found: "member \(member.id) has nothing under way and owes an answer",
            expected: "nobody waits")
    }
}
