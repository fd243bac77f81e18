// SPDX-License-Identifier: Apache-2.0

/// One key of a store that speaks like Redis, with values that expire.
///
/// Written from what clients are promised, not from a store's code: it is the second opinion.
///
/// The store's clock is not that of the history. A limit of `d` that a command called at `t` set may
/// be felt by operations that return (or are followed by one that returns) at `t + d - early` or
/// later; operations called at the command's own latest moment plus `d + late` or later must feel
/// it. In between, both are possible, but a value that is gone never comes back.
public struct KeyValueModel: Model {
    /// By how much a value may be gone too early, in the unit of the history's clock; `.max`: a value
    /// with a limit may be gone at any time.
    public let early: UInt64
    /// By how much a value may be gone too late, in the same unit; nil: it may stay for ever.
    public let late: UInt64?
    /// What makes a difference in the history that is being checked; nil: everything.
    var relevance: KeyValueRelevance?

    /// Creates a model.
    /// - Parameters:
    ///   - early: See ``early``.
    ///   - late: See ``late``.
    public init(early: UInt64 = 0, late: UInt64? = nil) {
        self.early = early
        self.late = late
    }

    /// What the key is.
    public struct State: Hashable, Sendable {
        var entry: Entry?
    }

    /// A value and its limit.
    struct Entry: Hashable, Sendable {
        var value: [UInt8]
        var limit: Limit?
    }

    /// Between which times a value ceases to exist.
    struct Limit: Hashable, Sendable {
        let earliest: UInt64
        let latest: UInt64
    }

    /// No key.
    public var initial: State { State(entry: nil) }

    /// See ``Model/step(_:_:by:into:)``.
    public func step(
        _ state: State, _ operation: Operation<KeyValueCommand, KeyValueAnswer>, by latest: UInt64,
        into states: inout [State]
    ) {
        if let entry = state.entry {
            if operation.called < entry.limit?.latest ?? .max {
                apply(operation, to: entry, by: latest, into: &states)
            }
            guard let limit = entry.limit, limit.earliest <= latest else { return }
        }
        apply(operation, to: nil, by: latest, into: &states)
    }

    /// Appends the entry after an operation, if the answer is as it would be.
    private func apply(
        _ operation: Operation<KeyValueCommand, KeyValueAnswer>, to entry: Entry?,
        by latest: UInt64, into states: inout [State]
    ) {
        // Nothing changed, whatever the reason was.
        if case .failure(.invalidArgument) = operation.output {
            states.append(State(entry: entry))
            return
        }
        var after = entry
        let answer = execute(operation, on: &after, by: latest)
        if Self.agrees(answer, operation.output, operation.input) {
            states.append(State(entry: after))
        }
    }

    private static func agrees(
        _ expected: KeyValueAnswer, _ told: KeyValueAnswer?, _ command: KeyValueCommand
    ) -> Bool {
        guard let told, told != .unspecified else { return true }
        if command == .timeToLive, case .integer(0...) = expected, case .integer(0...) = told {
            return true
        }
        return expected == told
    }

    /// The limit that a command sets.
    func limit(_ limit: KeyValueLimit, called: UInt64, by latest: UInt64) -> Limit {
        let (from, to) =
            switch limit {
            case .after(let time): (Self.sum(called, time), Self.sum(latest, time))
            case .at(let time): (time, time)
            }
        return Limit(
            earliest: from > early ? from - early : 0,
            latest: late.map { Self.sum(to, $0) } ?? .max)
    }

    private static func sum(_ a: UInt64, _ b: UInt64) -> UInt64 {
        let (sum, isTooLarge) = a.addingReportingOverflow(b)
        return isTooLarge ? .max : sum
    }
}
