// SPDX-License-Identifier: Apache-2.0

internal import Platform
internal import Raft

// `shrink`: the smallest case that still fails.
extension SimulationCommand where Machine: ~Copyable {
    func shrink(_ arguments: CommandArguments) throws(UsageError) -> Int32 {
        let wanted = try namedCase(arguments)
        let effort = try arguments.number(.effort, in: 1...1_000_000) ?? 15
        let report = wanted.simulation.run()
        guard let failure = report.failure else {
            throw UsageError("\(wanted.argument) does not fail: there is nothing to shrink")
        }
        console.output("\(failure)\nfrom: \(wanted.simulation.stored.measure)\n")
        let start = SystemClock.monotonicNanoseconds()
        var shrinker = CaseShrinker(
            wanted.simulation.stored, report, acceptsAny: arguments.has(.any),
            events: Int(effort) * 1_000_000
        ) { candidate in
            Simulation(candidate, environment: self.environment, workload: self.workload).run()
        } tell: { line in
            console.output("  \(line)\n")
        }
        // Before the work, so that a wrong path is not known only after it.
        let path = arguments.text(.out) ?? "\(name)-\(report.seed).json"
        try write(shrinker.smallest, to: path)
        shrinker.shrink()
        let wall = SystemClock.monotonicNanoseconds() - start
        var smallest = shrinker.smallest
        smallest.note =
            wanted.note.isEmpty ? "Shrunk from \(name) replay \(wanted.argument)." : wanted.note
        try write(smallest, to: path)
        console.output("to:   \(smallest.measure)\n")
        console.output(
            "\(shrinker.runs) runs, \(Figures.decimal(thousandths: wall / 1_000_000)) s"
                + (shrinker.isSpent ? "; the effort is spent, --effort allows more\n\n" : "\n\n"))
        console.output(smallest.words)
        console.output("\(shrinker.report.failure.map { "\($0)" } ?? "")\n\n")
        console.output("written:  \(path)\nreplay:   \(name) replay \(path) --trace\n")
        return 0
    }
}
