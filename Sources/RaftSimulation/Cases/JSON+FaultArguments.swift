// SPDX-License-Identifier: Apache-2.0

internal import Raft

extension MemberID: JSONConvertible {
    init(json: JSON) throws(JSONError) {
        guard let id = MemberID(try UInt64(json: json)) else {
            throw json.error("\(json.kind) is no member")
        }
        self = id
    }

    var json: JSON { UInt64(rawValue).json }
}

extension FaultTarget: JSONConvertible {
    /// Reads the number of a member, or `"leader"`.
    init(json: JSON) throws(JSONError) {
        if case .string(let text) = json.content {
            guard text == "leader" else {
                throw json.error("\"\(text)\" is neither \"leader\" nor a member's number")
            }
            self = .leader
        } else {
            self = .member(try MemberID(json: json))
        }
    }

    var json: JSON {
        switch self {
        case .member(let id): id.json
        case .leader: "leader".json
        }
    }
}

extension CrashKind: JSONConvertible {
    /// Reads `"kill"`, or the policy of a power cut.
    init(json: JSON) throws(JSONError) {
        if case .string(let text) = json.content {
            guard text == "kill" else {
                throw json.error("\"\(text)\" is neither \"kill\" nor the policy of a power cut")
            }
            self = .kill
        } else {
            self = .powerCut(try CrashPolicy(json: json))
        }
    }

    var json: JSON {
        switch self {
        case .kill: "kill".json
        case .powerCut(let policy): policy.json
        }
    }
}

extension CrashPolicy: JSONConvertible {
    init(json: JSON) throws(JSONError) {
        var object = try JSONObject(json)
        self.init(
            try object.read("survival"), tornSectors: try object.readIfPresent("tornSectors"),
            sectorLength: try object.readIfPresent("sectorLength")
                ?? SimulatedDisk.sectorLength,
            growsLengths: try object.readIfPresent("growsLengths") ?? false)
        try object.finish()
    }

    var json: JSON {
        jsonObject([
            ("survival", survival), ("tornSectors", tornSectors),
            ("sectorLength", sectorLength == SimulatedDisk.sectorLength ? nil : sectorLength),
            ("growsLengths", growsLengths ? true : nil),
        ])
    }
}

extension CrashPolicy.Survival: JSONNamed {
    static var named: [Self] { [.nothing, .prefix, .anySubset, .everything] }
}

extension CrashPolicy.TornSector: JSONNamed {
    static var named: [Self] { [.old, .garbage] }
}

extension SimulatedDisk.Operation: JSONNamed {}

extension DiskDamage.Kind: JSONNamed {}

extension DiskDamage.Place: JSONNamed {}

extension FullDisk: JSONNamed {}

extension FaultBudget: JSONNamed {}

extension FileError.Reason: JSONConvertible {
    private static var named: [Self] {
        [
            .notFound, .alreadyExists, .noSpace, .inputOutput, .locked, .permissionDenied,
            .notADirectory, .readOnly,
        ]
    }

    /// Reads a name, or the system's number of another error.
    init(json: JSON) throws(JSONError) {
        if case .number = json.content {
            self = .other(try Int32(json: json))
            return
        }
        let name = try String(json: json)
        guard let found = Self.named.first(where: { "\($0)" == name }) else {
            throw json.error("\"\(name)\" is no error of a file system")
        }
        self = found
    }

    var json: JSON {
        switch self {
        case .other(let number): number.json
        case .notFound, .alreadyExists, .noSpace, .inputOutput, .locked, .permissionDenied,
            .notADirectory, .readOnly:
            "\(self)".json
        }
    }
}
