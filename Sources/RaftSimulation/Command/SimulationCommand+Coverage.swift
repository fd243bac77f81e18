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
        let missing = zip(SimulationMark.allCases, sum.marks).filter { $1.count == 0 }.map(\.0)
        guard !missing.isEmpty else { return 0 }
        let names = missing.map { "\($0)" }.joined(separator: ", ")
        console.output("never reached in \(sum.seeds) seeds: \(names)\n")
        return arguments.has(.allowMissing) ? 0 : 1
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
