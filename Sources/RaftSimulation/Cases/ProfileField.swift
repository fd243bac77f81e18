// SPDX-License-Identifier: Apache-2.0

internal import Raft

/// A field of a profile, as stored cases name it.
struct ProfileField: Sendable {
    /// The path to it, with dots.
    let name: String
    /// The field's value.
    let json: @Sendable (SimulationProfile) -> JSON
    /// Gives the field a value.
    let set: @Sendable (_ json: JSON, _ profile: inout SimulationProfile) throws(JSONError) -> Void

    init<Value: JSONConvertible>(
        _ name: String, _ path: any WritableKeyPath<SimulationProfile, Value> & Sendable
    ) {
        self.name = name
        json = { $0[keyPath: path].json }
        set = { (json, profile) throws(JSONError) in
            profile[keyPath: path] = try Value(json: json)
        }
    }

    /// Gives a field the value that it has elsewhere.
    func copy(from other: SimulationProfile, to profile: inout SimulationProfile) {
        do throws(JSONError) {
            try set(json(other), &profile)
        } catch {
            preconditionFailure("\(name) cannot be read back: \(error)")
        }
    }
}

extension SimulationProfile: JSONConvertible {
    /// Reads the fields that differ from those of ``init()``.
    init(json: JSON) throws(JSONError) {
        self.init()
        var object = try JSONObject(json)
        for field in ProfileField.all {
            if let value = object.take(field.name) { try field.set(value, &self) }
        }
        try object.finish()
        guard 1...9 ~= members else { throw json.error("\(members) members, not 1 to 9") }
        if let problem = options.core.problem { throw json.error(problem) }
    }

    var json: JSON {
        JSON(
            .object(
                fieldsOfItsOwn.map { JSONMember($0.name, $0.json(self)) }))
    }

    /// The fields that differ from those of ``init()``.
    var fieldsOfItsOwn: [ProfileField] {
        let ordinary = SimulationProfile()
        return ProfileField.all.filter { $0.json(self) != $0.json(ordinary) }
    }
}

extension GroupID: JSONConvertible {
    init(json: JSON) throws(JSONError) { self.init(try UInt64(json: json)) }

    var json: JSON { rawValue.json }
}

extension FaultProfile.Kind: JSONNamed {}

extension FaultProfile.Rate: JSONConvertible {
    init(json: JSON) throws(JSONError) {
        var object = try JSONObject(json)
        self.init(
            try object.read("kind"), perTenSeconds: try object.read("perTenSeconds"))
        try object.finish()
    }

    var json: JSON { jsonObject([("kind", kind), ("perTenSeconds", perTenSeconds)]) }
}
