// SPDX-License-Identifier: Apache-2.0

/// Whom to tell what became of commands, by their sequence in this life's stream.
struct PendingProposals<Output: Sendable> {
    typealias Completion = @Sendable ([ProposalResult<Output>]) -> Void

    private struct Batch {
        let first: UInt64
        let count: Int
        var unfinished: Int
        /// Those that failed while others of the batch still waited.
        var givenUp: [Range<UInt64>] = []
        let completion: Completion
    }

    /// In order of sequences; finished batches are dropped from the front.
    private var batches = Queue<Batch>()

    /// Notes a batch whose commands follow those of the last one.
    mutating func add(_ sequences: Range<UInt64>, _ completion: @escaping Completion) {
        batches.append(
            Batch(
                first: sequences.lowerBound, count: sequences.count,
                unfinished: sequences.count, completion: completion))
    }

    /// Tells the outputs of an entry's commands.
    mutating func finish(_ outputs: [AppliedCommand<Output>], at index: LogIndex) {
        var position = 0
        while position < outputs.count {
            guard let slot = slot(of: outputs[position].sequence) else {
                // Nobody waits for it any more; somebody may wait for the next.
                position += 1
                continue
            }
            let batch = batches[slot]
            let end = batch.first + UInt64(batch.count)
            var results: [ProposalResult<Output>] = []
            results.reserveCapacity(min(batch.count, outputs.count - position))
            while position < outputs.count, outputs[position].sequence < end {
                let sequence = outputs[position].sequence
                if !batch.givenUp.contains(where: { $0.contains(sequence) }) {
                    results.append(
                        ProposalResult(
                            ordinal: Int(sequence - batch.first),
                            result: .success(
                                Applied(output: outputs[position].output, index: index))))
                }
                position += 1
            }
            if !results.isEmpty { finish(results, slot) }
        }
    }

    /// Tells that commands have no output.
    mutating func fail(_ sequences: Range<UInt64>, _ error: ProposalError) {
        var sequence = sequences.lowerBound
        while sequence < sequences.upperBound, let slot = slot(of: sequence) {
            let batch = batches[slot]
            let end = min(sequences.upperBound, batch.first + UInt64(batch.count))
            let results = (sequence..<end).map {
                ProposalResult<Output>(
                    ordinal: Int($0 - batch.first), result: .failure(error))
            }
            batches[slot].givenUp.append(sequence..<end)
            sequence = end
            finish(results, slot)
        }
    }

    private mutating func finish(_ results: [ProposalResult<Output>], _ slot: Int) {
        batches[slot].unfinished -= results.count
        let completion = batches[slot].completion
        while let first = batches.first, first.unfinished == 0 { batches.removeFirst(1) }
        completion(results)
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
