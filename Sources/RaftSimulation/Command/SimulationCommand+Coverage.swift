// SPDX-License-Identifier: Apache-2.0

internal import Platform

// `coverage`: what many seeds reached.
extension SimulationCommand where Machine: ~Copyable {
    func coverage(_ arguments: CommandArguments) throws(UsageError) -> Int32 {
        if let operand = arguments.operands.first {
            throw UsageError("\(operand) is no option; seeds are given by --seeds")
        }
        let profile = try profile(arguments)
        let sweep = try sweep(arguments)
        let tally = Locked(SweepTally())
        let progress = SweepProgress(console: console)
        sweep.run { seed in
            self.result(of: seed, profile)
        } take: { result in
            tally.withLock { $0.add(result) }
            progress.show(result.report.seed, failures: 0)
            return true
        }
        progress.clear()
        let sum = tally.withLock { $0 }
        console.output(Self.table(sum))
        if let seed = sum.failures.first {
            let replay = replayCommand(seed, profile)
            console.output(
                "\(sum.failures.count) seeds failed, the first is \(seed): \(replay)\n")
        }
        let missing = sum.missingMarks
        if !missing.isEmpty { console.output(Self.text(ofMissing: missing, in: sum)) }
        let isComplete = missing.isEmpty || arguments.has(.allowMissing)
        return isComplete && sum.failures.isEmpty ? 0 : 1
    }

    static func text(ofMissing marks: [SimulationMark], in sum: SweepTally) -> String {
        let names = marks.map { "\($0)" }.joined(separator: ", ")
        return "never reached in \(sum.seeds) seeds: \(names)\n"
    }

    private static func table(_ sum: SweepTally) -> String {
        var text = ""
        for (mark, found) in zip(SimulationMark.allCases, sum.marks) {
            let name = "\(mark)"
            let space = String(repeating: " ", count: max(1, 26 - name.count))
            let count = Figures.grouped(found.count)
            let padding = String(repeating: " ", count: max(1, 14 - count.count))
            text +=
                "\(name)\(space)\(padding)\(count) times in \(found.seeds) of \(sum.seeds) seeds\n"
        }
        return text
    }
}
