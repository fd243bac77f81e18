// SPDX-License-Identifier: Apache-2.0

/// Whom to tell what became of commands, by their sequence in this life's stream.
package struct PendingProposals<Output: Sendable> {
    package typealias Completion = @Sendable ([ProposalResult<Output>]) -> Void
    package typealias SessionCompletion = @Sendable (Result<SessionID, ProposalError>) -> Void

    private enum Caller {
        case commands(Completion)
        case operation(SessionCompletion)
    }

    private struct Batch {
        let first: UInt64
        let count: Int
        var unfinished: Int
        /// Those that failed while others of the batch still waited.
        var givenUp: [Range<UInt64>] = []
        let caller: Caller
    }

    /// In order of sequences; finished batches are dropped from the front.
    private var batches = Queue<Batch>()

    /// Nobody waits.
    package init() {}

    /// Whether nobody waits.
    package var isEmpty: Bool { batches.isEmpty }

    /// Notes a batch whose commands follow those of the last one.
    package mutating func add(_ sequences: Range<UInt64>, _ completion: @escaping Completion) {
        batches.append(
            Batch(
                first: sequences.lowerBound, count: sequences.count,
                unfinished: sequences.count, caller: .commands(completion)))
    }

    /// Notes an operation on a session, which follows the last batch.
    mutating func add(_ sequence: UInt64, _ completion: @escaping SessionCompletion) {
        batches.append(
            Batch(first: sequence, count: 1, unfinished: 1, caller: .operation(completion)))
    }

    /// Tells what an entry's commands came to.
    package mutating func finish(_ outputs: [AppliedCommand<Output>], at index: LogIndex) {
        var position = 0
        while position < outputs.count {
            guard let slot = slot(of: outputs[position].sequence) else {
                // Nobody waits for it any more; somebody may wait for the next.
                position += 1
                continue
            }
            let batch = batches[slot]
            switch batch.caller {
            case .operation(let completion):
                let result = outputs[position].outcome.session
                position += 1
                finish(1, slot)
                completion(result)
            case .commands(let completion):
                let end = batch.first + UInt64(batch.count)
                var results: [ProposalResult<Output>] = []
                results.reserveCapacity(min(batch.count, outputs.count - position))
                while position < outputs.count, outputs[position].sequence < end {
                    let sequence = outputs[position].sequence
                    if !batch.givenUp.contains(where: { $0.contains(sequence) }) {
                        results.append(
                            ProposalResult(
                                ordinal: Int(sequence - batch.first),
                                result: outputs[position].outcome.result(at: index)))
                    }
                    position += 1
                }
                guard !results.isEmpty else { continue }
                finish(results.count, slot)
                completion(results)
            }
        }
    }

    /// Tells that commands have no output.
    package mutating func fail(_ sequences: Range<UInt64>, _ error: ProposalError) {
        var sequence = sequences.lowerBound
        while sequence < sequences.upperBound, let slot = slot(of: sequence) {
            let batch = batches[slot]
            let end = min(sequences.upperBound, batch.first + UInt64(batch.count))
            let failed = sequence..<end
            batches[slot].givenUp.append(failed)
            sequence = end
            finish(failed.count, slot)
            switch batch.caller {
            case .operation(let completion): completion(.failure(error))
            case .commands(let completion):
                completion(
                    failed.map {
                        ProposalResult(ordinal: Int($0 - batch.first), result: .failure(error))
                    })
            }
        }
    }

    private mutating func finish(_ count: Int, _ slot: Int) {
        batches[slot].unfinished -= count
        while let first = batches.first, first.unfinished == 0 { batches.removeFirst(1) }
    }

    /// The batch that holds a sequence.
    ///
    /// Outcomes come nearly in order, so it is the first one that is looked at, nearly always.
    private func slot(of sequence: UInt64) -> Int? {
        var low = 0
        var high = batches.count
        if high == 0 { return nil }
        if sequence < batches[0].first + UInt64(batches[0].count) {
            return sequence >= batches[0].first && batches[0].unfinished > 0 ? 0 : nil
        }
        while high - low > 1 {
            let middle = (low + high) / 2
            if batches[middle].first <= sequence { low = middle } else { high = middle }
        }
        let batch = batches[low]
        return sequence < batch.first + UInt64(batch.count) && batch.unfinished > 0 ? low : nil
    }
}

extension CommandOutcome {
    /// What whoever proposed a command is told.
    /// - Parameter index: Where it stands in the log.
    @inline(__always)
    package func result(at index: LogIndex) -> Result<Applied<Output>, ProposalError> {
        switch self {
        case .executed(let output): .success(Applied(output: output, index: index))
        case .repeated(let output, let first): .success(Applied(output: output, index: first))
        case .refused(let error): .failure(error)
        case .session(let id): preconditionFailure("a command opened or closed session \(id)")
        }
    }

    /// What whoever asked for an operation on a session is told.
    package var session: Result<SessionID, ProposalError> {
        switch self {
        case .session(let id): .success(id)
        case .refused(let error): .failure(error)
        case .executed, .repeated: preconditionFailure("an operation gave an output: \(self)")
        }
    }
}
