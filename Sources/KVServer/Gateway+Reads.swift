// SPDX-License-Identifier: Apache-2.0

public import KVStateMachine
internal import RESP
public import Raft

extension Gateway {
    /// Takes a round of what was gathered to be read beside the log; nil if nothing is left.
    ///
    /// Every round must be answered or failed.
    public mutating func takeReads() -> ReadRound? {
        // Local state first: a connection that turned from stale to linearizable reads goes
        // forward.
        guard
            let index = gathering.firstIndex(where: { $0.consistency != .linearizable })
                ?? gathering.indices.first
        else { return nil }
        let reads = gathering.remove(at: index)
        statistics.readRounds += 1
        let round = ReadRound(
            token: pendingReads.nextToken, consistency: reads.consistency,
            asksForStatus: reads.asksForStatus)
        pendingReads.append(reads)
        return round
    }

    /// Answers a round from a state that is as fresh as it asked for.
    ///
    /// A linearizable round answers all that were begun before it, too: their moment was in
    /// between. So no connection sees an older state after a newer one, whatever the order of
    /// answers.
    /// - Parameters:
    ///   - token: Names the round.
    ///   - store: The member's state.
    ///   - index: The last entry applied to it.
    public mutating func answerReads(
        _ token: UInt64, from store: borrowing KVStore, at index: LogIndex
    ) {
        guard let reads = pendingReads[token] else { return }
        if reads.consistency == .linearizable {
            while let earlier = pendingReads.takeFirst(through: token) {
                answer(earlier, from: store, at: index)
            }
        } else if let reads = pendingReads.take(token) {
            answer(reads, from: store, at: index)
        }
    }

    /// Tells that a round can't be answered.
    public mutating func failReads(_ token: UInt64, _ error: ReadError) {
        guard let reads = pendingReads.take(token) else { return }
        let text = error.replyText
        for query in reads.queries {
            guard let place = place(of: query.waiter) else { continue }
            fail(place, query.operation, query.waiter.reply, text)
        }
        finish(reads)
    }

    /// Adds a question to this turn's reads, or to its batch if it has to see writes that are not
    /// finished, unless it has to wait.
    /// - Parameter keys: Which of the arguments are keys.
    @inline(__always)
    mutating func ask(
        _ place: Int, _ operation: Query.Operation, _ arguments: RequestArguments, keys: Range<Int>
    ) -> Step {
        if sessions[place].unfinishedWrites > 0, !operation.isAboutMember {
            return askInLog(place, operation, arguments, keys: keys)
        }
        // What a member says of itself is answered at once: one that is full must not hide it.
        guard operation.isAboutMember || inFlightBytes < options.maximumInFlightBytes else {
            return crowdOut(place)
        }
        let index = gathering(for: consistency(place, operation))
        let offset = gathering[index].keys.end
        for key in keys { unsafe gathering[index].keys.append(arguments[key]) }
        inFlightBytes += gathering[index].keys.end - offset
        let reply = sessions[place].replies.owe(
            ReplyQueue.Slot(version: sessions[place].version))
        gathering[index].queries.append(
            Query(
                waiter: Waiter(
                    session: UInt32(truncatingIfNeeded: place),
                    generation: sessions[place].generation, reply: reply),
                operation: operation, keyCount: keys.count, offset: offset))
        if operation.isAboutMember { gathering[index].asksForStatus = true }
        if !operation.isAboutMember { sessions[place].unfinishedReads += 1 }
        return .done
    }

    /// How fresh a question's answer has to be.
    private mutating func consistency(_ place: Int, _ operation: Query.Operation) -> ReadConsistency
    {
        if operation.isAboutMember { return .stale }
        // Behind linearizable reads that are not answered, a stale one could go back in time.
        if sessions[place].unfinishedReads == 0
            || sessions[place].latestConsistency != .linearizable
        {
            sessions[place].latestConsistency = sessions[place].consistency
        }
        return sessions[place].latestConsistency
    }

    private mutating func gathering(for consistency: ReadConsistency) -> Int {
        for index in gathering.indices where gathering[index].consistency == consistency {
            return index
        }
        var reads = spareReads.popLast() ?? ReadBatch()
        reads.consistency = consistency
        gathering.append(reads)
        return gathering.count - 1
    }

    private mutating func answer(
        _ reads: ReadBatch, from store: borrowing KVStore, at index: LogIndex
    ) {
        for query in reads.queries {
            guard let place = place(of: query.waiter) else { continue }
            if !query.operation.isAboutMember,
                isOutputFull(place) || !sessions[place].heldReads.isEmpty
            {
                hold(query, of: reads, place)
                continue
            }
            answer(query, of: reads, place, from: store, at: index)
            if !query.operation.isAboutMember { sessions[place].unfinishedReads -= 1 }
        }
        finish(reads)
    }

    /// Keeps a read for later whose answer there is no room for now, or which comes behind such a
    /// one.
    private mutating func hold(_ query: Query, of reads: ReadBatch, _ place: Int) {
        markDirty(place)
        sessions[place].heldReads.append(
            Session.HeldRead(
                operation: query.operation, keyCount: query.keyCount, reply: query.waiter.reply,
                keys: reads.keys.copy(at: query.offset, count: query.keyCount)))
    }

    /// Asks the reads again that were held back, if there is room and no later one is still under
    /// way.
    mutating func askHeldReads(_ place: Int) {
        guard !sessions[place].heldReads.isEmpty, !isOutputFull(place),
            sessions[place].heldReads.count == sessions[place].unfinishedReads
        else { return }
        var held: [Session.HeldRead] = []
        swap(&held, &sessions[place].heldReads)
        let index = gathering(for: sessions[place].latestConsistency)
        for read in held {
            let offset = gathering[index].keys.end
            gathering[index].keys.append(copied: read.keys)
            inFlightBytes += read.keys.count
            gathering[index].queries.append(
                Query(
                    waiter: Waiter(
                        session: UInt32(place), generation: sessions[place].generation,
                        reply: read.reply),
                    operation: read.operation, keyCount: read.keyCount, offset: offset))
        }
    }

    /// Ends a round: lets its connections go on, and keeps its memory for another.
    private mutating func finish(_ reads: consuming ReadBatch) {
        release(bytes: reads.keys.end)
        for query in reads.queries { resume(query.waiter) }
        guard spareReads.count < 4, reads.keys.end <= 1 << 20 else { return }
        reads.removeAll()
        spareReads.append(reads)
    }

    private mutating func fail(
        _ place: Int, _ operation: Query.Operation, _ reply: UInt32, _ text: String
    ) {
        markDirty(place)
        statistics.errorReplies += 1
        if !operation.isAboutMember { sessions[place].unfinishedReads -= 1 }
        sessions[place].replies.complete(reply) { ReplyWriter().error(text, to: &$0) }
    }
}
