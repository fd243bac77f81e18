// SPDX-License-Identifier: Apache-2.0

public import KVStateMachine
internal import RESP
public import Raft

extension Gateway {
    /// Whether a round waits to be taken.
    public var hasRounds: Bool {
        !batch.isEmpty || !gathering.isEmpty || !operations.isEmpty
    }

    /// Takes what was gathered for the log; nil if nothing was.
    ///
    /// The outcome of every command must be told, in any number of calls of ``finishWrites(_:_:)``.
    public mutating func takeWrites() -> WriteRound? {
        guard !batch.isEmpty else { return nil }
        let token = pendingWrites.nextToken
        pendingWrites.append(
            PendingWrites(
                waiters: batchWaiters, remaining: batchWaiters.count, byteCount: batchBytes))
        statistics.writeRounds += 1
        let round = WriteRound(token: token, batch: batch)
        batch = ProposalBatch(chunkBytes: options.chunkBytes)
        batchWaiters = []
        batchBytes = 0
        return round
    }

    /// Tells the outcomes of some commands of a round; their replies are ready with the next flush.
    public mutating func finishWrites(_ token: UInt64, _ results: [ProposalResult<KVReply>]) {
        guard let waiters = pendingWrites[token]?.waiters else {
            preconditionFailure("outcomes of round \(token), which has ended or was never taken")
        }
        for result in results {
            precondition(
                result.ordinal >= 0 && result.ordinal < waiters.count,
                "the outcome of command \(result.ordinal) of \(waiters.count)")
            finish(waiters[result.ordinal], result.result)
        }
        pendingWrites[token]?.remaining -= results.count
        if pendingWrites[token]?.remaining == 0, let ended = pendingWrites.take(token) {
            release(bytes: ended.byteCount)
        }
        for result in results { resume(waiters[result.ordinal]) }
    }

    /// Adds the command that `encode` writes to this turn's batch, unless it has to wait.
    /// - Parameters:
    ///   - isQuery: Whether it changes nothing.
    ///   - answersValue: Whether its output may be as large as a value of the store.
    ///   - encode: Throws, having written nothing that counts, if the command must be refused.
    @inline(__always)
    mutating func propose(
        _ place: Int, _ shape: ReplyShape = .plain, isQuery: Bool = false,
        answersValue: Bool = false, _ encode: (inout ByteWriter) throws(KVError) -> Void
    ) -> Step {
        // A write must not overtake this connection's reads, which look at a state still to come.
        guard sessions[place].unfinishedReads == 0 else { return .wait }
        if answersValue, sessions[place].unfinishedLogReads >= options.maximumLogReads {
            return .wait
        }
        guard inFlightBytes < options.maximumInFlightBytes else { return crowdOut(place) }
        encoded.bytes.removeAll(keepingCapacity: true)
        do throws(KVError) {
            try encode(&encoded)
        } catch {
            refuse(place, error.message)
            return .done
        }
        if case .none = identity {
            batch.append { $0.bytes.append(contentsOf: encoded.bytes) }
        } else {
            appendIdentified()
        }
        batchBytes += encoded.bytes.count + Self.overhead
        inFlightBytes += encoded.bytes.count + Self.overhead
        let reply = sessions[place].replies.owe(
            ReplyQueue.Slot(
                version: sessions[place].version, shape: shape, isQuery: isQuery,
                answersValue: answersValue))
        batchWaiters.append(
            Waiter(
                session: UInt32(truncatingIfNeeded: place),
                generation: sessions[place].generation, reply: reply))
        sessions[place].unfinishedWrites += 1
        if answersValue { sessions[place].unfinishedLogReads += 1 }
        if encoded.bytes.capacity > Self.keptEncodingBytes { encoded = ByteWriter() }
        return .done
    }

    private static var keptEncodingBytes: Int { 1 << 20 }
    /// Bytes that the log adds to a command, about; they are in flight too.
    private static var overhead: Int { 24 }

    /// Has a session wait until there are fewer bytes in flight.
    mutating func crowdOut(_ place: Int) -> Step {
        if sessions[place].isCrowdedOut { return .wait }
        sessions[place].isCrowdedOut = true
        crowdedOut.append(
            Waiter(
                session: UInt32(place), generation: sessions[place].generation, reply: 0))
        return .wait
    }

    /// Gives bytes in flight back, and lets those continue who waited for it.
    mutating func release(bytes: Int) {
        inFlightBytes -= bytes
        assert(inFlightBytes >= 0, "\(inFlightBytes) bytes in flight")
        guard !crowdedOut.isEmpty, inFlightBytes < options.maximumInFlightBytes else { return }
        var waiting: [Waiter] = []
        swap(&waiting, &crowdedOut)
        for waiter in waiting {
            guard let place = place(of: waiter) else { continue }
            sessions[place].isCrowdedOut = false
            resume(place)
        }
    }

    /// Lets the session that a waiter belongs to continue, if it waits.
    @inline(__always)
    mutating func resume(_ waiter: Waiter) {
        guard let place = place(of: waiter), sessions[place].isStalled else { return }
        resume(place)
    }

    @inline(__always)
    private mutating func finish(
        _ waiter: Waiter, _ result: Result<Applied<KVReply>, ProposalError>
    ) {
        guard let place = place(of: waiter) else { return }
        let slot = sessions[place].replies.slot(waiter.reply)
        sessions[place].unfinishedWrites -= 1
        if slot.answersValue { sessions[place].unfinishedLogReads -= 1 }
        markDirty(place)
        switch result {
        case .success(let applied):
            let writer = ReplyWriter(version: slot.version)
            sessions[place].replies.complete(waiter.reply) { out in
                writer.append(applied.output, slot.shape, to: &out)
            }
            if case .error = applied.output { statistics.errorReplies += 1 }
        case .failure(let error):
            if !slot.isQuery, error.isDoubt { statistics.writesInDoubt += 1 }
            statistics.errorReplies += 1
            let text = error.replyText(isQuery: slot.isQuery)
            sessions[place].replies.complete(waiter.reply) { out in
                ReplyWriter().error(text, to: &out)
            }
        }
    }
}
