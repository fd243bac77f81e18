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

    private static func calls(_ omissions: [OmittedCalls]) -> [ClientCall] {
        omissions.flatMap { omission in
            omission.numbers.map { ClientCall(client: omission.client, number: $0) }
        }
    }

    private static func omissions(_ calls: [ClientCall]) -> [OmittedCalls] {
        var omissions: [OmittedCalls] = []
        for call in calls.sorted() {
            if omissions.last?.client != call.client {
                omissions.append(OmittedCalls(client: call.client, numbers: []))
            }
            omissions[omissions.count - 1].numbers.append(call.number)
        }
        return omissions
    }
}

/// Which calls of one client are left out.
private struct OmittedCalls: JSONConvertible {
    let client: Int
    var numbers: [Int]

    init(client: Int, numbers: [Int]) {
        self.client = client
        self.numbers = numbers
    }

    init(json: JSON) throws(JSONError) {
        var object = try JSONObject(json)
        client = try object.read("client")
        numbers = try object.read("numbers")
        try object.finish()
    }

    var json: JSON { jsonObject([("client", client), ("numbers", numbers)]) }
}
