// SPDX-License-Identifier: Apache-2.0

internal import Raft

// `replay`: one run again, step by step.
extension SimulationCommand where Machine: ~Copyable {
    func replay(_ arguments: CommandArguments) throws(UsageError) -> Int32 {
        let wanted = try namedCase(arguments)
        let showsTrace = arguments.has(.trace)
        let limits = arguments.has(.html) ? SimulationRecording.Limits() : nil
        let report =
            showsTrace
            ? traced(wanted.simulation, limits) : wanted.simulation.run(recording: limits)
        if showsTrace { console.output("\n") }
        if !wanted.note.isEmpty { console.output("\(wanted.note)\n") }
        console.output(wanted.simulation.stored.words)
        console.output("\(figures(of: report))\n")
        if let failure = report.failure {
            console.output(text(of: failure, in: report, showsTrace: !showsTrace))
            console.output("shrink:   \(name) shrink \(wanted.argument)\n")
        } else {
            console.output("passed\n")
        }
        // Last: what was found must not be lost to a file that cannot be written.
        if let path = arguments.text(.html), let recording = report.recording {
            let page = recording.html(
                title: "\(name) · seed \(wanted.simulation.seed)",
                replayCommand: "\(name) replay \(wanted.argument)")
            try write(page, to: path)
        }
        if let path = arguments.text(.json) {
            var stored = wanted.simulation.stored
            stored.note = wanted.note
            stored.property = report.failure?.property
            try write(stored, to: path)
        }
        return report.failure == nil ? 0 : 1
    }

    private func traced(
        _ simulation: Simulation<Machine>, _ limits: SimulationRecording.Limits?
    ) -> SimulationReport {
        console.output(TraceText.header + "\n")
        // Line by line: should the code under test trap, what led there has been said.
        return simulation.run(observer: { console.output("\($0)\n") }, recording: limits)
    }
}
