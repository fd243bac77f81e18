// SPDX-License-Identifier: Apache-2.0

internal import Platform
internal import Raft

/// A run that the command line names, by seed or by file.
struct NamedCase<Machine: StateMachine & ~Copyable> {
    let simulation: Simulation<Machine>
    /// What a stored case says of itself.
    let note: String
    /// The arguments that name it.
    let argument: String
}

// Runs by name: where they come from, where they go to.
extension SimulationCommand where Machine: ~Copyable {
    func simulation(_ seed: UInt64, _ profile: NamedProfile) -> Simulation<Machine> {
        Simulation(
            seed: seed, profile: profile.draw(seed), environment: environment, workload: workload)
    }

    /// How to see one seed again.
    func replayCommand(_ seed: UInt64, _ profile: NamedProfile) -> String {
        "\(name) replay \(argument(seed, profile))"
    }

    private func argument(_ seed: UInt64, _ profile: NamedProfile) -> String {
        profile.name == profiles[0].name ? "\(seed)" : "\(seed) --profile \(profile.name)"
    }

    /// The run that the operand names: a seed or a file.
    func namedCase(_ arguments: CommandArguments) throws(UsageError) -> NamedCase<Machine> {
        let operand = try arguments.operand("SEED or FILE.json")
        guard let seed = UInt64(operand) else {
            guard !arguments.has(.profile) else {
                throw UsageError("--profile is for seeds; a case in a file has its own")
            }
            return try readCase(operand)
        }
        let profile = try profile(arguments)
        return NamedCase(
            simulation: simulation(seed, profile), note: "", argument: argument(seed, profile))
    }

    func readCase(_ path: String) throws(UsageError) -> NamedCase<Machine> {
        do {
            let text = try Files.readAll(path, limit: JSON.maximumBytes)
            let stored = try SimulationCase(json: text)
            return NamedCase(
                simulation: Simulation(stored, environment: environment, workload: workload),
                note: stored.note, argument: path)
        } catch {
            throw UsageError("\(path): \(error)")
        }
    }

    func write(_ stored: SimulationCase, to path: String) throws(UsageError) {
        try write(stored.jsonText, to: path)
    }

    func write(_ text: String, to path: String) throws(UsageError) {
        do throws(SystemError) {
            let file = try Files.open(path, [.write, .create, .truncate])
            defer { file.close() }
            try Files.pwrite(file, Array(text.utf8), at: 0)
        } catch {
            throw UsageError("\(path): \(error)")
        }
    }

    /// What to say if the code under test traps and takes the process with it.
    func leaveNote(_ what: String, _ replay: String) {
        LastWords.set("\nFAILED seed=\(what): the process trapped\n  replay:   \(replay) --trace\n")
    }

    /// One line of figures.
    func figures(of report: SimulationReport) -> String {
        let time = Figures.decimal(thousandths: report.virtualTime.nanoseconds / 1_000_000)
        return "seed=\(report.seed) events=\(report.events) virtual_seconds=\(time) "
            + "calls=\(report.callsMade) acknowledged=\(report.acknowledged) "
            + "faults=\(report.faults) trace_hash=\(hexadecimal(report.traceHash))"
    }

    /// Everything about a run that failed: the property, both sides, how it came, how to see it again.
    func text(
        of failure: SimulationFailure, in report: SimulationReport, showsTrace: Bool,
        replay command: String? = nil
    ) -> String {
        var text = "FAILED seed=\(report.seed): \(failure)\n"
        if showsTrace {
            text += "  the last \(report.trace.count) lines of the trace:\n"
            text += report.trace.map { "  \($0)\n" }.joined()
        }
        if let command { text += "  replay:   \(command)\n" }
        return text + "\n"
    }
}
