// SPDX-License-Identifier: Apache-2.0

internal import Raft

/// A client: makes a few calls at a time on one member, and goes to another when that one is down.
struct SimulatedClient {
    var member: Int
    var random: SplitMix64
    /// How many of its calls have not ended.
    var open = 0
}

// Clients and what they are told.
extension World {
    /// Clients begin.
    func startClients() {
        for client in clients.indices { planClient(client) }
    }

    private func planClient(_ client: Int) {
        let pause = profile.clients.pause.draw(&clients[client].random)
        heap.push(.client(client), at: now + pause)
    }

    func callNext(_ client: Int) {
        guard !isSettling, clients[client].open == 0 else { return }
        let member = members[clients[client].member]
        guard member.isServing else {
            clients[client].member = Int(
                clients[client].random.next(below: UInt64(members.count)))
            return planClient(client)
        }
        events += 1
        let count = 1 + clients[client].random.next(below: max(1, profile.clients.pipeline))
        for _ in 0..<count {
            let call = machines.draw(
                client, firstCall: calls.calls.count, random: &clients[client].random)
            switch call {
            case .propose(let batch, let digests):
                _ = propose(batch, digests, on: member, client: client)
            case .read(let consistency): _ = read(consistency, on: member, client: client)
            case .nothing: break
            }
        }
        if clients[client].open == 0 { planClient(client) }
    }

    /// Makes calls, one for each command of a batch.
    func propose(
        _ batch: ProposalBatch, _ digests: [UInt32], on member: SimulatedMember, client: Int?
    ) -> Range<Int> {
        let first = calls.calls.count
        for digest in digests {
            _ = calls.make(
                .command, on: member.position, client: client, digest: digest,
                floor: logs.lastCommitted)
        }
        if let client { clients[client].open += digests.count }
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
        _ consistency: ReadConsistency, on member: SimulatedMember, client: Int?
    ) -> Int {
        let kind: CallJudge.Kind =
            switch consistency {
            case .linearizable: .linearizableRead
            case .stale: .staleRead
            }
        let call = calls.make(
            kind, on: member.position, client: client, floor: logs.lastCommitted)
        if let client { clients[client].open += 1 }
        trace.add(.read, member.id, at: now, UInt64(call))
        if member.isUp {
            input(.observe(call, consistency), to: member)
        } else {
            finish(call, .unavailable)
        }
        return call
    }

    // MARK: On the member

    func propose(
        _ first: Int, _ batch: ProposalBatch, _ member: SimulatedMember, _ moment: Moment
    ) {
        let count = batch.count
        guard member.isServing, let stream = member.replica?.stream,
            let result = member.replica?.propose(batch, at: moment)
        else {
            for call in first..<first + count { finish(call, .rejected) }
            return
        }
        switch result {
        case .success(let sequences): calls.accepted(first, sequences, in: stream)
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
            if member.replica?.read(UInt64(call), at: moment) != true {
                finish(call, .unavailable)
            }
        }
    }

    func acknowledge(
        _ sequences: [UInt64], _ entry: LogEntry, _ stream: StreamID, _ member: SimulatedMember
    ) {
        for (output, sequence) in sequences.enumerated() {
            guard let call = calls.call(sequence, in: stream) else { continue }
            guard calls.calls[call].outcome == .waiting else { continue }
            if member.replica?.core.role != .leader { mark(.forwarded) }
            trace.add(.acknowledged, member.id, at: now, UInt64(call), entry.index.rawValue)
            machines.keep(output, of: member.position, for: call)
            finish(call, .applied(entry.index))
        }
    }

    func answer(_ output: ReplicaOutput, _ member: SimulatedMember) {
        guard let stream = member.replica?.stream else { return }
        for (sequences, _) in output.rejected { end(sequences, stream, .rejected) }
        for sequences in output.unknown { end(sequences, stream, .unknown) }
        for token in output.readable {
            if member.replica?.core.role != .leader { mark(.readByFollower) }
            answer(Int(token), member)
        }
        for token in output.unreadable {
            mark(.readUnavailable)
            finish(Int(token), .unavailable)
        }
    }

    private func answer(_ call: Int, _ member: SimulatedMember) {
        let index = machines.applied(member.position).index
        trace.add(.answered, member.id, at: now, UInt64(call), index.rawValue)
        machines.observe(call, on: member.position)
        finish(call, .answered(index))
    }

    private func end(_ sequences: Range<UInt64>, _ stream: StreamID, _ outcome: CallOutcome) {
        for sequence in sequences {
            if let call = calls.call(sequence, in: stream) { finish(call, outcome) }
        }
    }

    func finish(_ call: Int, _ outcome: CallOutcome) {
        guard calls.end(call, outcome) else { return }
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
        guard let client = calls.calls[call].client else { return }
        clients[client].open -= 1
        if clients[client].open == 0 { planClient(client) }
    }
}
