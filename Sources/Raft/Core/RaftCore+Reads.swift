// SPDX-License-Identifier: Apache-2.0

// Linearizable reads without log writes (dissertation §6.4).
extension RaftCore {
    mutating func read(
        _ origin: ReadRounds.Origin, at now: MonotonicTime, into effects: inout Effects
    ) {
        guard var leadership, leadership.reads.waiting.count < options.waitingReads else {
            // A peer asks again by itself; it is told nothing rather than something wrong.
            if case .local(let id) = origin { effects.add(.readRefused(id)) }
            return
        }
        if hasCommittedInTerm, isAttested(origin) {
            answer(origin, at: commitIndex, into: &effects)
            return
        }
        leadership.reads.waiting.append(
            ReadRounds.Waiting(
                origin: origin, round: leadership.reads.started + 1,
                index: hasCommittedInTerm ? commitIndex : nil))
        self.leadership = leadership
        startReadRoundIfNeeded(at: now, into: &effects)
    }

    /// Whether those who took part in asking are a majority already.
    ///
    /// A follower asked after the read had arrived there, in this term: whoever might have been elected
    /// since would have needed its vote or this member's. In a group of three no round is needed.
    private func isAttested(_ origin: ReadRounds.Origin) -> Bool {
        switch origin {
        case .local: configuration.quorumSatisfies { $0 == id }
        case .peer(let member, _): configuration.quorumSatisfies { $0 == id || $0 == member }
        }
    }

    private func answer(
        _ origin: ReadRounds.Origin, at index: LogIndex, into effects: inout Effects
    ) {
        switch origin {
        case .local(let id): effects.add(.readable(id, at: index))
        case .peer(let member, let id):
            let reply = ReadIndexReply(term: term, id: id, index: index)
            effects.add(.send(.readIndexReply(reply), to: member))
        }
    }

    private mutating func startReadRoundIfNeeded(
        at now: MonotonicTime, into effects: inout Effects
    ) {
        guard let reads = leadership?.reads, reads.needsRound, reads.started == reads.confirmed
        else { return }
        leadership?.reads.started += 1
        broadcastHeartbeat(at: now, into: &effects)
        confirmReads(at: now, into: &effects)
    }

    /// Answers the reads whose round a majority has confirmed.
    mutating func confirmReads(at now: MonotonicTime, into effects: inout Effects) {
        guard var leadership, !leadership.reads.waiting.isEmpty else { return }
        leadership.reads.confirmed = configuration.reachedByQuorum { member in
            member == id
                ? leadership.reads.started
                : leadership.position(of: member).map { leadership.progress[$0].confirmedRound }
                    ?? 0
        }
        while let read = leadership.reads.waiting.first,
            read.round <= leadership.reads.confirmed, let index = read.index
        {
            leadership.reads.waiting.removeFirst(1)
            answer(read.origin, at: index, into: &effects)
        }
        self.leadership = leadership
        startReadRoundIfNeeded(at: now, into: &effects)
    }

    /// The first entry of the own term is committed: what had to wait for it now has an index.
    mutating func releaseEarlyReads(at now: MonotonicTime, into effects: inout Effects) {
        guard var leadership, hasCommittedInTerm else { return }
        for position in 0..<leadership.reads.waiting.count
        where leadership.reads.waiting[position].index == nil {
            leadership.reads.waiting[position].index = commitIndex
        }
        self.leadership = leadership
        confirmReads(at: now, into: &effects)
    }
}
