// SPDX-License-Identifier: Apache-2.0

internal import Raft

// Calls of clients, hands and servers, on the member and until they end.
extension World {
    /// Makes calls, one for each command of a batch.
    func propose(
        _ batch: ProposalBatch, _ digests: [UInt32], on member: SimulatedMember,
        for origin: (Int) -> CallJudge.Origin
    ) -> Range<Int> {
        let first = calls.calls.count
        for (ordinal, digest) in digests.enumerated() {
            _ = calls.make(
                .command, on: member.position, for: origin(ordinal), digest: digest,
                floor: logs.lastCommitted)
        }
        noteCalls(from: first)
        trace.add(.proposed, member.id, at: now, UInt64(first), UInt64(digests.count))
        if member.isUp {
            input(.propose(first: first, batch), to: member)
        } else {
            for call in first..<calls.calls.count { finish(call, .rejected) }
        }
        return first..<calls.calls.count
    }

    /// Makes a call that reads.
    func read(
        _ consistency: ReadConsistency, on member: SimulatedMember, for origin: CallJudge.Origin
    ) -> Int {
        let call = makeRead(consistency, on: member, for: origin)
        if member.isUp {
            input(.observe(call, consistency), to: member)
        } else {
            finish(call, .unavailable)
        }
        return call
    }

    func makeRead(
        _ consistency: ReadConsistency, on member: SimulatedMember, for origin: CallJudge.Origin
    ) -> Int {
        let kind: CallJudge.Kind =
            switch consistency {
            case .linearizable: .linearizableRead
            case .stale: .staleRead
            }
        let call = calls.make(kind, on: member.position, for: origin, floor: logs.lastCommitted)
        if consistency == .linearizable { calls.made(call, at: timeFloor) }
        noteCalls(from: call)
        trace.add(.read, member.id, at: now, UInt64(call))
        return call
    }

    // MARK: On the member

    func propose(
        _ first: Int, _ batch: ProposalBatch, _ member: SimulatedMember, _ moment: Moment
    ) {
        let count = batch.count
        let impatience = impatience(of: first)
        guard member.isServing, let stream = member.replica?.stream,
            let result = member.replica?.propose(
                batch, deadline: deadline(impatience, moment), at: moment)
        else {
            for call in first..<first + count { finish(call, .rejected) }
            return
        }
        switch result {
        case .success(let sequences):
            calls.accepted(first, sequences, in: stream)
            member.pending.add(sequences) { [told = member.told] in told.add($0, of: first) }
            begin(
                first..<first + count, as: sequences.lowerBound, impatience, member, moment)
        case .failure: for call in first..<first + count { finish(call, .rejected) }
        }
    }

    func observe(
        _ call: Int, _ consistency: ReadConsistency, _ member: SimulatedMember, _ moment: Moment
    ) {
        guard member.isServing else { return finish(call, .unavailable) }
        switch consistency {
        case .stale: answer(call, member)
        case .linearizable:
            let impatience = impatience(of: call)
            let limit = deadline(impatience, moment)
            guard member.replica?.read(UInt64(call), deadline: limit, at: moment) == true else {
                return finish(call, .unavailable)
            }
            begin(call..<call + 1, as: UInt64(call), impatience, member, moment)
        }
    }

    func acknowledge(
        _ sequences: [UInt64], _ entry: LogEntry, _ member: SimulatedMember
    ) {
        guard !sequences.isEmpty else { return }
        let outputs = sequences.enumerated().map { place, sequence in
            AppliedCommand(sequence: sequence, outcome: .executed(place))
        }
        member.pending.finish(outputs, at: entry.index)
        for (call, result) in member.told.take() {
            guard case .success(let applied) = result else { continue }
            let output = applied.output
            if member.replica?.core.role != .leader { mark(.forwarded) }
            trace.add(.acknowledged, member.id, at: now, UInt64(call), entry.index.rawValue)
            let digest = machines.digest(ofOutput: output, of: member.position)
            calls.answered(call, with: digest)
            switch calls.calls[call].origin {
            case .hand, .probe, .client: machines.keep(output, of: member.position, for: call)
            case .session(let client):
                let outcome = machines.outcome(output, of: member.position)
                tellSession(client, call, outcome, digest: digest)
            case .server(let round, let ordinal):
                machines.finish(
                    round, ordinal: ordinal, of: member.position,
                    .output(output, at: entry.index))
            case .operation(let token):
                machines.finish(
                    operation: token, of: member.position, .output(output, at: entry.index))
            }
            finish(call, .applied(entry.index))
        }
    }

    func answer(_ output: ReplicaOutput, _ member: SimulatedMember) {
        for (sequences, reason) in output.rejected {
            if reason == .deadlineExceeded || reason == .cancelled { mark(.takenBack) }
            member.pending.fail(sequences, .rejected(reason))
        }
        for sequences in output.unknown { member.pending.fail(sequences, .outcomeUnknown) }
        for (call, result) in member.told.take() {
            finish(call, result.isFailure(.outcomeUnknown) ? .unknown : .rejected)
        }
        for token in output.readable {
            if member.replica?.core.role != .leader { mark(.readByFollower) }
            answer(Int(token), member)
        }
        for (token, reason) in output.unreadable {
            mark(reason == .deadlineExceeded ? .readGivenUp : .readUnavailable)
            finish(Int(token), .unavailable)
        }
    }

    private func answer(_ call: Int, _ member: SimulatedMember) {
        let index = machines.applied(member.position).index
        judgeTime(of: calls.calls[call], member)
        trace.add(.answered, member.id, at: now, UInt64(call), index.rawValue)
        switch calls.calls[call].origin {
        case .hand, .client, .session: machines.observe(call, on: member.position)
        case .server(let round, _): machines.finishRead(round, of: member.position, nil)
        case .probe, .operation: break
        }
        finish(call, .answered(index))
    }

    /// Ends a call and tells whoever waits for it.
    func finish(_ call: Int, _ outcome: CallOutcome) {
        guard calls.end(call, outcome) else { return }
        recorder?.ended(call, outcome, at: now)
        switch outcome {
        case .rejected:
            mark(.rejected)
            trace.add(.rejected, nil, at: now, UInt64(call))
        case .unknown:
            mark(.outcomeUnknown)
            trace.add(.unknown, nil, at: now, UInt64(call))
        case .unavailable: trace.add(.unavailable, nil, at: now, UInt64(call))
        case .waiting, .applied, .answered: break
        }
        let number = call
        let call = calls.calls[call]
        switch call.origin {
        case .hand, .probe: break
        case .session(let client):
            if case .applied = outcome { break }
            tellSession(client, number, nil, digest: 0)
        case .client(let client): callEnded(of: client)
        case .server(let round, let ordinal):
            tell(call.member, of: round, ordinal, call.kind, outcome)
        case .operation(let token): tell(call.member, ofOperation: token, outcome)
        }
    }

    private func tell(_ server: Int, ofOperation token: UInt64, _ outcome: CallOutcome) {
        guard members[server].isUp else { return }
        switch outcome {
        case .rejected:
            machines.finish(operation: token, of: server, .failed(.rejected(.noLeader)))
        case .unknown: machines.finish(operation: token, of: server, .failed(.outcomeUnknown))
        case .waiting, .applied, .answered, .unavailable: break
        }
    }

    /// Tells a server that what it asked for has come to nothing.
    private func tell(
        _ server: Int, of round: UInt64, _ ordinal: Int, _ kind: CallJudge.Kind,
        _ outcome: CallOutcome
    ) {
        // A process that has ended has nobody to tell.
        guard members[server].isUp else { return }
        switch (kind, outcome) {
        case (.command, .rejected):
            machines.finish(
                round, ordinal: ordinal, of: server, .failed(.rejected(.noLeader)))
        case (.command, .unknown):
            machines.finish(round, ordinal: ordinal, of: server, .failed(.outcomeUnknown))
        case (.linearizableRead, .unavailable), (.staleRead, .unavailable):
            machines.finishRead(round, of: server, .unavailable)
        case (_, .waiting), (_, .applied), (_, .answered), (.command, .unavailable),
            (.linearizableRead, .rejected), (.linearizableRead, .unknown),
            (.staleRead, .rejected), (.staleRead, .unknown):
            break
        }
    }
}

extension Result where Failure == ProposalError {
    /// Whether it is this failure.
    fileprivate func isFailure(_ error: ProposalError) -> Bool {
        if case .failure(error) = self { true } else { false }
    }
}
