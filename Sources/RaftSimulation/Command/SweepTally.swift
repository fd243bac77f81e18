// SPDX-License-Identifier: Apache-2.0

internal import Raft

/// What one seed came to, as far as a sweep keeps it.
struct SeedResult: Sendable {
    let report: SimulationReport
    /// The hash of a second run of the same seed, if there was one.
    var repeatedHash: UInt64?
    /// How much processor time one run of it took, in nanoseconds.
    let processorNanoseconds: UInt64

    /// The property that did not hold; running twice must give the same.
    var failure: SimulationFailure? {
        if let failure = report.failure { return failure }
        guard let repeatedHash, repeatedHash != report.traceHash else { return nil }
        return SimulationFailure(
            property: "the same seed gives the same run",
            found: "trace hash \(hexadecimal(repeatedHash)) the second time",
            expected: "\(hexadecimal(report.traceHash)), as the first time")
    }
}

/// The sum of a sweep, taken seed by seed.
struct SweepTally: Sendable {
    private(set) var seeds = 0
    private(set) var events = 0
    private(set) var virtualNanoseconds: UInt64 = 0
    /// How much processor time the runs took.
    private(set) var processorNanoseconds: UInt64 = 0
    private(set) var repeated = 0
    /// In how many seeds the search for an order of what users saw was given up.
    private(set) var undecided = 0
    private(set) var failures: [UInt64] = []
    private(set) var traceHash: UInt64 = 0xCBF2_9CE4_8422_2325
    /// How often each mark was reached, and in how many seeds.
    private(set) var marks = Array(
        repeating: (count: 0, seeds: 0), count: SimulationMark.allCases.count)
    private var samples: [Sample] = []

    private struct Sample {
        let virtualMilliseconds: UInt32
        let acknowledged: UInt32
        let faults: UInt32
        let events: UInt32
    }

    mutating func add(_ result: SeedResult) {
        let report = result.report
        seeds += 1
        events += report.events
        virtualNanoseconds += report.virtualTime.nanoseconds
        processorNanoseconds += result.processorNanoseconds
        if result.repeatedHash != nil { repeated += 1 }
        if report.isUndecided { undecided += 1 }
        if result.failure != nil { failures.append(report.seed) }
        for value in [report.seed, report.traceHash] {
            traceHash = (traceHash ^ value) &* 0x9E37_79B9_7F4A_7C15
            traceHash ^= traceHash >> 29
        }
        for (mark, count) in report.marks.enumerated() where count > 0 {
            marks[mark].count += count
            marks[mark].seeds += 1
        }
        samples.append(
            Sample(
                virtualMilliseconds: UInt32(
                    clamping: report.virtualTime.nanoseconds / 1_000_000),
                acknowledged: UInt32(clamping: report.acknowledged),
                faults: UInt32(clamping: report.faults), events: UInt32(clamping: report.events)))
    }

    /// What no seed has reached, but for what so few need not reach.
    var missingMarks: [SimulationMark] {
        zip(SimulationMark.allCases, marks)
            .filter { $1.count == 0 && !($0.isRare && seeds < 2000) }.map(\.0)
    }

    var medianVirtualMilliseconds: UInt64 { median { $0.virtualMilliseconds } }
    var medianAcknowledged: UInt64 { median { $0.acknowledged } }
    var medianFaults: UInt64 { median { $0.faults } }
    var medianEvents: UInt64 { median { $0.events } }

    /// The middle one; of an even number, the lower of the two in the middle.
    private func median(_ value: (Sample) -> UInt32) -> UInt64 {
        let sorted = samples.map(value).sorted()
        return sorted.isEmpty ? 0 : UInt64(sorted[(sorted.count - 1) / 2])
    }
}
