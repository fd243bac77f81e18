// SPDX-License-Identifier: Apache-2.0

internal import Raft

/// Makes a failing case small: fewer faults, members, clients and calls, less time, a plainer world.
///
/// A candidate counts if it fails by the same property. The same case and code give the same result:
/// the effort is bounded in simulated events, not in time.
struct CaseShrinker {
    /// The smallest case found so far.
    private(set) var smallest: SimulationCase
    /// What running it came to.
    private(set) var report: SimulationReport
    /// How many candidates were run.
    private(set) var runs = 0
    /// How many events may still be simulated.
    private(set) var eventsLeft: Int

    private let property: String?
    private let simulate: (SimulationCase) -> SimulationReport
    private let tell: (String) -> Void

    /// - Parameters:
    ///   - failing: A case that fails.
    ///   - report: What running it came to.
    ///   - acceptsAny: Whether a candidate may fail by another property.
    ///   - events: How many events may be simulated.
    ///   - simulate: Runs a case.
    ///   - tell: Gets a line after every step that made the case smaller.
    init(
        _ failing: SimulationCase, _ report: SimulationReport, acceptsAny: Bool, events: Int,
        simulate: @escaping (SimulationCase) -> SimulationReport,
        tell: @escaping (String) -> Void
    ) {
        smallest = failing
        self.report = report
        smallest.property = report.failure?.property
        property = acceptsAny ? nil : report.failure?.property
        eventsLeft = events
        self.simulate = simulate
        self.tell = tell
    }

    /// Whether there is no effort left.
    var isSpent: Bool { eventsLeft <= 0 }

    /// Shrinks until nothing can be left out any more or the effort is spent.
    mutating func shrink() {
        var size = ""
        // A later step may make an earlier one possible.
        while size != measure, !isSpent {
            size = measure
            step("time") { $0.endAtFailure() }
            step("faults") { $0.dropFaults() }
            step("members") { $0.dropMembers() }
            step("clients") { $0.dropClients() }
            step("calls") { $0.dropCalls() }
            step("world") { $0.simplifyProfile() }
            step("time") { $0.shortenRun() }
            step("times of faults") { $0.simplifyFaults() }
        }
    }

    private mutating func step(_ name: String, _ body: (inout CaseShrinker) -> Void) {
        let before = measure
        body(&self)
        if before != measure { tell("\(name): \(measure) (run \(runs))") }
    }

    /// How large the case is, in words.
    var measure: String { smallest.measure }

    /// Runs a candidate; it becomes the smallest if it fails.
    mutating func fails(_ candidate: SimulationCase) -> Bool {
        guard !isSpent else { return false }
        runs += 1
        var limited = candidate
        // Smaller cases don't take longer; those which do lead nowhere.
        limited.profile.eventLimit = min(candidate.profile.eventLimit, 2 * report.events + 10_000)
        let report = simulate(limited)
        eventsLeft -= report.events + 100
        guard let failure = report.failure, failure.property == property ?? failure.property else {
            return false
        }
        self.report = report
        smallest = candidate
        smallest.property = failure.property
        return true
    }

    /// Runs the smallest case with something changed.
    mutating func fails(with change: (inout SimulationCase) -> Void) -> Bool {
        var candidate = smallest
        change(&candidate)
        return fails(candidate)
    }

    /// Finds the least value that fails, between one that may and one that does.
    mutating func lower(
        from high: Int, to low: Int, _ change: (inout SimulationCase, Int) -> Void
    ) {
        var (low, high) = (low, high)
        while low < high, !isSpent {
            let middle = low + (high - low) / 2
            if fails(with: { change(&$0, middle) }) { high = middle } else { low = middle + 1 }
        }
    }
}

extension SimulationCase {
    /// How large the case is, in words.
    var measure: String {
        let fields = profile.fieldsOfItsOwn.filter { !$0.isMeasuredApart }
        let clients = profile.clients
        let (calls, isUnbounded) = clients.callLimit.multipliedReportingOverflow(by: clients.count)
        let callsInWords =
            isUnbounded || calls == .max ? "any number of" : "\(calls - omittedCalls.count)"
        return "\(schedule.count) faults, \(profile.members) members, "
            + "\(clients.count) clients with \(callsInWords) calls, "
            + "\(profile.duration.shortText), \(fields.count) fields of the profile"
    }
}

extension ProfileField {
    /// Whether shrinking treats it by itself, not as one of many.
    var isMeasuredApart: Bool {
        ["members", "duration", "clients.count", "clients.callLimit"].contains(name)
    }
}
