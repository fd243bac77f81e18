// SPDX-License-Identifier: Apache-2.0

internal import Platform
internal import Raft

// `run`: many seeds, and what they came to.
extension SimulationCommand where Machine: ~Copyable {
    /// How many failures are shown in full; the others are named.
    private static var shownFailures: Int { 3 }

    /// `run FILE…`: stored cases, one after the other.
    func runCases(_ arguments: CommandArguments) throws(UsageError) -> Int32 {
        for option in Subcommand.run.options where option != .failFast {
            guard !arguments.has(option) else {
                throw UsageError("\(option.name) is for seeds; a case in a file has its own")
            }
        }
        var failures = 0
        for path in arguments.operands {
            let simulation = try readCase(path).simulation
            leaveNote(path, "\(name) replay \(path)")
            let report = simulation.run()
            guard let failure = report.failure else {
                console.output("passed \(path): \(figures(of: report))\n")
                continue
            }
            failures += 1
            console.output(
                text(
                    of: failure, in: report, showsTrace: true,
                    replay: "\(name) replay \(path) --trace"))
            if arguments.has(.failFast) { break }
        }
        console.output("cases=\(arguments.operands.count) failures=\(failures)\n")
        return failures == 0 ? 0 : 1
    }

    func runSeeds(_ arguments: CommandArguments) throws(UsageError) -> Int32 {
        let profile = try profile(arguments)
        let sweep = try sweep(arguments)
        let isFailFast = arguments.has(.failFast)
        let start = SystemClock.monotonicNanoseconds()
        let tally = Locked(SweepTally())
        let progress = SweepProgress(console: console)
        sweep.run { seed in
            self.result(of: seed, profile)
        } take: { result in
            let failures = tally.withLock { tally in
                tally.add(result)
                return tally.failures.count
            }
            if let failure = result.failure, failures <= Self.shownFailures {
                progress.clear()
                let replay = "\(replayCommand(result.report.seed, profile)) --trace"
                console.output(
                    text(of: failure, in: result.report, showsTrace: true, replay: replay))
            }
            progress.show(result.report.seed, failures: failures)
            return !isFailFast || failures == 0
        }
        progress.clear()
        let wall = SystemClock.monotonicNanoseconds() - start
        let sum = tally.withLock { $0 }
        let missing = arguments.has(.marks) ? sum.missingMarks : []
        if !missing.isEmpty { console.output(Self.text(ofMissing: missing, in: sum)) }
        console.output(summary(sum, wall, jobs: sweep.jobs))
        return sum.failures.isEmpty && missing.isEmpty ? 0 : 1
    }

    /// The sweep that `--seeds`, `--minutes` and `--jobs` ask for.
    func sweep(_ arguments: CommandArguments) throws(UsageError) -> SeedSweep<SeedResult> {
        let seeds = try arguments.seeds()
        let jobs = try arguments.number(.jobs, in: 1...1024) ?? UInt64(Process.processorCount)
        let minutes = try arguments.number(.minutes, in: 1...1_000_000)
        let start = SystemClock.monotonicNanoseconds()
        return SeedSweep(items: seeds, jobs: Int(jobs)) {
            guard let minutes else { return true }
            return SystemClock.monotonicNanoseconds() - start < minutes * 60_000_000_000
        }
    }

    func result(of seed: UInt64, _ profile: NamedProfile) -> SeedResult {
        leaveNote("\(seed)", replayCommand(seed, profile))
        let start = SystemClock.threadNanoseconds()
        let report = simulation(seed, profile).run()
        let time = SystemClock.threadNanoseconds() - start
        // One in twenty, drawn from the seed, is run twice.
        var random = SplitMix64(seed: seed).split("repeat")
        let repeats = report.failure == nil && random.next(below: 20) == 0
        return SeedResult(
            report: report,
            repeatedHash: repeats ? simulation(seed, profile).run().traceHash : nil,
            processorNanoseconds: time)
    }

    private func summary(
        _ sum: SweepTally, _ wall: UInt64, jobs: Int
    ) -> String {
        var text = ""
        if sum.failures.count > Self.shownFailures {
            let others = sum.failures.dropFirst(Self.shownFailures)
            text += "also failed: seeds "
            text += others.prefix(50).map { "\($0)" }.joined(separator: " ")
            text += others.count > 50 ? " and \(others.count - 50) more\n" : "\n"
        }
        let virtualSeconds = Figures.decimal(thousandths: sum.medianVirtualMilliseconds)
        text += "median per seed: \(virtualSeconds) virtual seconds, "
        text += "\(Figures.grouped(sum.medianAcknowledged)) acknowledged operations, "
        text += "\(Figures.grouped(sum.medianFaults)) faults, "
        text += "\(Figures.grouped(sum.medianEvents)) events\n"
        let time = sum.processorNanoseconds
        let rate = Figures.rate(UInt64(sum.events), perSecondIn: time)
        let speedUp = time == 0 ? 0 : sum.virtualNanoseconds / time
        text += "on one core: \(Figures.grouped(rate)) events a second, "
        text += "\(Figures.grouped(speedUp)) times as fast as real time; "
        text += "\(jobs) threads, \(sum.repeated) seeds run twice, "
        text += "\(sum.undecided) histories undecided\n"
        text += "seeds=\(sum.seeds) events=\(sum.events) virtual_seconds="
        text += Figures.decimal(thousandths: sum.virtualNanoseconds / 1_000_000)
        text += " wall_seconds=\(Figures.decimal(thousandths: wall / 1_000_000))"
        text += " failures=\(sum.failures.count) trace_hash=\(hexadecimal(sum.traceHash))\n"
        return text
    }
}

/// One line that tells how far a sweep is, for a person at a terminal.
final class SweepProgress: Sendable {
    private let console: CommandConsole
    private let shown = Locked<UInt64>(0)

    init(console: CommandConsole) { self.console = console }

    func show(_ seed: UInt64, failures: Int) {
        guard console.showsProgress else { return }
        let now = SystemClock.monotonicNanoseconds()
        let isDue = shown.withLock { shown in
            guard now - shown > 200_000_000 else { return false }
            shown = now
            return true
        }
        if isDue { console.error("\rseed \(seed), \(failures) failures ") }
    }

    func clear() {
        if console.showsProgress { console.error("\r\u{1B}[K") }
    }
}
