// SPDX-License-Identifier: Apache-2.0

public import Raft

/// One run as data: everything that makes it what it is besides the code, the workload's included.
///
/// A seed alone means another run as soon as the drawing of worlds changes; a case does not, so
/// those which once found a bug are kept.
public struct SimulationCase: Sendable {
    /// The seed of everything random.
    public var seed: UInt64
    /// The world.
    public var profile: SimulationProfile
    /// What goes wrong when.
    public var schedule: [DatedFault]
    /// Calls of clients that are left out.
    public var omittedCalls: [ClientCall]
    /// The property that did not hold; nil if all did.
    public var property: String?
    /// What the case is about, for people.
    public var note: String

    /// Creates a case.
    public init(
        seed: UInt64, profile: SimulationProfile, schedule: [DatedFault],
        omittedCalls: [ClientCall] = [], property: String? = nil, note: String = ""
    ) {
        self.seed = seed
        self.profile = profile
        self.schedule = schedule
        self.omittedCalls = omittedCalls
        self.property = property
        self.note = note
    }
}

extension Simulation where Machine: ~Copyable {
    /// Creates the run of a case.
    public init(
        _ stored: SimulationCase, environment: Machine.Environment,
        workload: SimulationWorkload<Machine>
    ) {
        self.init(
            seed: stored.seed, profile: stored.profile, environment: environment,
            workload: workload)
        schedule = stored.schedule
        omittedCalls = stored.omittedCalls
    }

    /// The run as a case that no property is said of.
    public var stored: SimulationCase {
        SimulationCase(
            seed: seed, profile: profile, schedule: schedule, omittedCalls: omittedCalls)
    }
}

extension SimulationCase {
    private static var format: Int { 1 }

    /// Reads a case from JSON text.
    /// - Throws: What is wrong, with line and column; also if a name is unknown.
    /// - Complexity: O(n).
    public init(json text: [UInt8]) throws(JSONError) {
        var object = try JSONObject(try JSON(parsing: text))
        let format: Int = try object.read("format")
        guard format == Self.format else {
            throw JSONError("format \(format), not \(Self.format)", at: nil)
        }
        self.init(
            seed: try object.read("seed"), profile: try object.read("profile"),
            schedule: try object.read("schedule"),
            omittedCalls: try Self.calls(object.readIfPresent("omittedCalls") ?? []),
            property: try object.readIfPresent("property"),
            note: try object.readIfPresent("note") ?? "")
        try object.finish()
    }

    /// The case as JSON text that ``init(json:)`` reads.
    public var jsonText: String {
        jsonObject([
            ("format", Self.format), ("note", note.isEmpty ? nil : note), ("property", property),
            ("seed", seed), ("profile", profile), ("schedule", schedule),
            ("omittedCalls", omittedCalls.isEmpty ? nil : Self.omissions(omittedCalls)),
        ]).text
    }

    private static func calls(_ ranges: [OmittedCalls]) -> [ClientCall] {
        ranges.flatMap { range in
            (range.first...range.last).map { ClientCall(client: range.client, number: $0) }
        }
    }

    static func omissions(_ calls: [ClientCall]) -> [OmittedCalls] {
        var ranges: [OmittedCalls] = []
        for call in calls.sorted() {
            if let last = ranges.last, last.client == call.client, last.last + 1 >= call.number {
                ranges[ranges.count - 1].last = call.number
            } else {
                ranges.append(
                    OmittedCalls(client: call.client, first: call.number, last: call.number))
            }
        }
        return ranges
    }
}

/// Calls of one client, one after the other, that are left out.
struct OmittedCalls: JSONConvertible {
    let client: Int
    let first: Int
    var last: Int

    init(client: Int, first: Int, last: Int) {
        self.client = client
        self.first = first
        self.last = last
    }

    init(json: JSON) throws(JSONError) {
        var object = try JSONObject(json)
        client = try object.read("client")
        first = try object.read("first")
        last = try object.read("last")
        try object.finish()
        guard client >= 0, 0...last ~= first, last - first < Self.longest else {
            throw json.error("calls \(first) to \(last) of client \(client)")
        }
    }

    /// How many calls one line may leave out.
    private static var longest: Int { 1_000_000 }

    var json: JSON { jsonObject([("client", client), ("first", first), ("last", last)]) }
}
