// SPDX-License-Identifier: Apache-2.0

import Platform
import Testing

@testable import Raft

@Suite struct `Pending proposals: who is told` {
    private final class Told: Sendable {
        let results = Locked<[(batch: String, ordinal: Int, output: Int64?)]>([])

        func completion(_ batch: String) -> PendingProposals<Int64>.Completion {
            { results in
                self.results.withLock { told in
                    told += results.map { (batch, $0.ordinal, try? $0.result.get().output) }
                }
            }
        }

        var lines: [String] {
            results.withLock { told in
                told.map { "\($0.batch)\($0.ordinal) \($0.output.map(String.init) ?? "failed")" }
            }
        }
    }

    private func outputs(_ sequences: ClosedRange<UInt64>) -> [AppliedCommand<Int64>] {
        sequences.map { AppliedCommand(sequence: $0, outcome: .executed(Int64($0) * 10)) }
    }

    @Test func `an entry completes whoever still waits, not whoever was told already`() {
        let told = Told()
        var pending = PendingProposals<Int64>()
        pending.add(1..<3, told.completion("a"))
        pending.add(3..<5, told.completion("b"))
        pending.fail(1..<3, .outcomeUnknown)
        pending.finish(outputs(1...4), at: LogIndex(9))
        #expect(told.lines == ["a0 failed", "a1 failed", "b0 30", "b1 40"])
    }

    @Test func `a batch that was told behind one that waits is not told twice`() {
        let told = Told()
        var pending = PendingProposals<Int64>()
        pending.add(1..<2, told.completion("a"))
        pending.add(2..<3, told.completion("b"))
        pending.fail(2..<3, .outcomeUnknown)
        pending.finish(outputs(1...2), at: LogIndex(9))
        #expect(told.lines == ["b0 failed", "a0 10"])
    }

    @Test func `a part that was given up is not told again when others of its batch still wait`() {
        let told = Told()
        var pending = PendingProposals<Int64>()
        pending.add(1..<4, told.completion("a"))
        pending.fail(1..<2, .outcomeUnknown)
        pending.finish(outputs(1...2), at: LogIndex(9))
        pending.finish(outputs(3...3), at: LogIndex(10))
        #expect(told.lines == ["a0 failed", "a1 20", "a2 30"])
    }

    @Test func `a batch completes in as many parts as entries carried it`() {
        let told = Told()
        var pending = PendingProposals<Int64>()
        pending.add(1..<5, told.completion("a"))
        pending.finish(outputs(1...3), at: LogIndex(9))
        pending.finish(outputs(4...4), at: LogIndex(10))
        #expect(told.lines == ["a0 10", "a1 20", "a2 30", "a3 40"])
    }
}
