// SPDX-License-Identifier: Apache-2.0

import FoundationEssentials
import Platform
import Raft
import Testing

@testable import RaftSimulation

/// Runs a command line and keeps what it writes.
private struct CommandLineRun {
    let code: Int32
    let output: [String]
    let errors: String

    init(
        _ arguments: String..., workload: SimulationWorkload<Registers> = Registers.workload
    ) {
        self.init(arguments: arguments, workload: workload)
    }

    init(
        arguments: [String], workload: SimulationWorkload<Registers> = Registers.workload
    ) {
        let short = NamedProfile("short", summary: "two seconds of a swarm") { seed in
            var profile = SimulationProfile.swarm(seed: seed)
            profile.duration = .seconds(2)
            return profile
        }
        let quiet = NamedProfile("quiet", summary: "one second without faults") { _ in
            var profile = SimulationProfile()
            profile.duration = .seconds(1)
            return profile
        }
        var command = SimulationCommand<Registers>(
            name: "sim", environment: (), workload: workload,
            profiles: [short, quiet])
        let texts = Locked((output: "", errors: ""))
        command.console = CommandConsole(
            output: { text in texts.withLock { $0.output += text } },
            error: { text in texts.withLock { $0.errors += text } }, showsProgress: false)
        code = command.run(arguments)
        let (output, errors) = texts.withLock { ($0.output, $0.errors) }
        self.output = output.split(separator: "\n").map(String.init)
        self.errors = errors
    }

    /// The last line without the time it took.
    var summary: String {
        let fields = (output.last ?? "").split(separator: " ")
        return fields.filter { !$0.hasPrefix("wall_seconds=") }.joined(separator: " ")
    }
}

@Suite struct SimulationCommandTests {
    /// A workload whose answers are called wrong now and then.
    private static var wrong: SimulationWorkload<Registers> {
        var workload = Registers.workload
        workload.check = { command, _ in
            guard case .set(3, _, _) = command else { return nil }
            return "register 3 is out of order"
        }
        return workload
    }

    @Test func `many seeds end with one line that is a function of the seeds alone`() {
        let one = CommandLineRun("run", "--seeds", "1..10", "--jobs", "1")
        let three = CommandLineRun("run", "--seeds=1..10", "--jobs=3")
        #expect(one.code == 0 && three.code == 0, "\(one.output)")
        #expect(one.summary == three.summary)
        let names = one.summary.split(separator: " ").map { $0.prefix { $0 != "=" } }
        #expect(names == ["seeds", "events", "virtual_seconds", "failures", "trace_hash"])
        #expect(one.summary.hasPrefix("seeds=10 "))
        #expect(one.output.contains { $0.hasPrefix("median per seed: ") })
        let others = CommandLineRun("run", "--seeds", "2..11", "--jobs", "1")
        #expect(others.summary != one.summary)
    }

    @Test func `a failure shows the property, both sides, the trace and the way back`() {
        let run = CommandLineRun("run", "--seeds", "1..8", "--fail-fast", workload: Self.wrong)
        #expect(run.code == 1)
        #expect(run.output.first { $0.hasPrefix("FAILED seed=") } != nil)
        #expect(run.output.contains { $0.contains("found:    register 3 is out of order") })
        #expect(run.output.contains { $0.contains("expected: ") })
        let seed = run.output.first?.split(separator: "=").last?.prefix { $0.isNumber } ?? ""
        #expect(run.output.contains("  replay:   sim replay \(seed) --trace"))
        #expect(run.summary.contains("failures=1 "))

        let again = CommandLineRun("replay", String(seed), workload: Self.wrong)
        #expect(again.code == 1)
        #expect(again.output.contains { $0.contains("found:    register 3 is out of order") })
    }

    @Test func `ending with the first failure gives the same whatever the number of threads`() {
        let runs = ["1", "4"].map {
            CommandLineRun(
                "run", "--seeds", "1..", "--fail-fast", "--jobs", $0, workload: Self.wrong)
        }
        #expect(runs[0].summary == runs[1].summary)
        #expect(runs[0].output.dropLast(2) == runs[1].output.dropLast(2))
    }

    @Test func `many failures are named, not all shown in full`() {
        let run = CommandLineRun("run", "--seeds", "1..20", workload: Self.wrong)
        #expect(run.output.count { $0.hasPrefix("FAILED seed=") } == 3)
        #expect(run.output.contains { $0.hasPrefix("also failed: seeds ") })
    }

    @Test func `a run can be written to a file, shrunk and run from it`() throws {
        let folder = FileManager.default.temporaryDirectory
            .appendingPathComponent("raftsim-\(UUID())")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let path = folder.appendingPathComponent("case.json").path
        let written = CommandLineRun("replay", "3", "--json", path, workload: Self.wrong)
        let replayed = CommandLineRun("replay", path, workload: Self.wrong)
        #expect(written.code == 1 && replayed.code == 1)
        #expect(written.output.first { $0.hasPrefix("seed=3") }?.isEmpty == false)
        #expect(
            written.output.first { $0.hasPrefix("seed=3") }
                == replayed.output.first { $0.hasPrefix("seed=3") })

        let small = folder.appendingPathComponent("small.json").path
        let shrunk = CommandLineRun("shrink", path, "--out", small, workload: Self.wrong)
        #expect(shrunk.code == 0)
        #expect(shrunk.output.last == "replay:   sim replay \(small) --trace")
        #expect(shrunk.output.contains { $0.hasPrefix("to:   0 faults, 1 members, 1 clients") })
        #expect(
            CommandLineRun("run", small, path, workload: Self.wrong).summary == "cases=2 failures=2"
        )
        #expect(CommandLineRun("run", small, path).summary == "cases=2 failures=0")
    }

    @Test func `a trace shows every line of a run under the names of its columns`() {
        let run = CommandLineRun("replay", "2", "--trace")
        #expect(run.code == 0)
        #expect(run.output.first == TraceText.header)
        #expect(run.output.count > 500)
        #expect(run.output.contains { $0.contains("leader in term") })
    }

    @Test func `coverage counts every mark and misses those that were never reached`() {
        let run = CommandLineRun("coverage", "--seeds", "1..3", "--profile", "quiet")
        #expect(run.code == 1)
        #expect(run.output.count == SimulationMark.allCases.count + 1)
        #expect(run.output[0].hasPrefix("elected "))
        #expect(run.output[0].hasSuffix(" times in 3 of 3 seeds"))
        #expect(run.output.last?.hasPrefix("never reached in 3 seeds: truncated, ") == true)
        let tolerant = CommandLineRun(
            "coverage", "--seeds", "1..3", "--profile", "quiet", "--allow-missing")
        #expect(tolerant.code == 0)
    }

    @Test(arguments: [
        (["fly"], "there is no command fly"),
        (["run"], "--seeds is missing: --seeds A..B, such as --seeds 1..100"),
        (["run", "--seeds"], "--seeds needs a value: --seeds A..B"),
        (["run", "--seeds", "5..1"], "--seeds is 5..1, not A..B with A at most B"),
        (["run", "--seeds", "1...3"], "--seeds is 1...3, not A..B with A at most B"),
        (
            ["run", "--seeds", "1..2", "--jobs", "0"],
            "--jobs is 0, not a whole number from 1 to 1024"
        ),
        (["run", "--seeds", "1..2", "--jbos", "1"], "there is no option --jbos"),
        (["run", "--seeds", "1..2", "--seeds", "1..2"], "--seeds is given twice"),
        (["run", "--seeds", "1..2", "--fail-fast=yes"], "--fail-fast takes no value"),
        (
            ["run", "--seeds", "1..2", "--profile", "wild"],
            "--profile is wild, none of short, quiet"
        ),
        (["replay"], "SEED or FILE.json is missing"),
        (["replay", "1", "2"], "one SEED or FILE.json at a time, not 1 2"),
        (["coverage", "3"], "3 is no option; seeds are given by --seeds"),
        (["shrink", "2"], "2 does not fail: there is nothing to shrink"),
    ])
    func `wrong usage is told in one line that names what is wrong`(
        arguments: [String], message: String
    ) {
        let run = CommandLineRun(arguments: arguments)
        #expect(run.code == 2)
        #expect(run.output.isEmpty)
        #expect(run.errors == "sim: \(message); sim --help tells more\n")
    }

    @Test func `help names every command, option and profile`() {
        let help = CommandLineRun("--help")
        #expect(help.code == 0)
        let text = help.output.joined(separator: "\n")
        for subcommand in Subcommand.allCases {
            #expect(text.contains("sim \(subcommand.rawValue)"))
            for option in subcommand.options { #expect(text.contains(option.name)) }
        }
        #expect(CommandLineRun("list-profiles").output.count == 2)
    }
}
