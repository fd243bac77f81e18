// SPDX-License-Identifier: Apache-2.0

internal import Raft

/// What kinds of partitions there are, by the names that stored cases give them.
enum PartitionKind: String, JSONNamed, CaseIterable {
    case isolate, halves, bridge, ring, quorumLoss, deaf, mute, oneWay
}

extension Partition: JSONConvertible {
    init(json: JSON) throws(JSONError) {
        var object = try JSONObject(json)
        let kind: PartitionKind = try object.read("kind")
        switch kind {
        case .isolate: self = .isolate(try object.read("target"))
        case .halves: self = .halves(try object.read("half"))
        case .bridge:
            self = .bridge(try object.read("half"), over: try object.read("target"))
        case .ring: self = .ring
        case .quorumLoss:
            self = .quorumLoss(try object.read("target"), keeping: try object.read("keeping"))
        case .deaf: self = .deaf(try object.read("target"))
        case .mute: self = .mute(try object.read("target"))
        case .oneWay: self = .oneWay(from: try object.read("from"), to: try object.read("to"))
        }
        try object.finish()
    }

    var json: JSON {
        switch self {
        case .isolate(let target): Self.json(.isolate, [("target", target)])
        case .halves(let half): Self.json(.halves, [("half", half)])
        case .bridge(let half, let target):
            Self.json(.bridge, [("half", half), ("target", target)])
        case .ring: Self.json(.ring, [])
        case .quorumLoss(let target, let keeping):
            Self.json(.quorumLoss, [("target", target), ("keeping", keeping)])
        case .deaf(let target): Self.json(.deaf, [("target", target)])
        case .mute(let target): Self.json(.mute, [("target", target)])
        case .oneWay(let from, let to): Self.json(.oneWay, [("from", from), ("to", to)])
        }
    }

    private static func json(
        _ kind: PartitionKind, _ arguments: [(String, (any JSONConvertible)?)]
    ) -> JSON {
        jsonObject([("kind", kind)] + arguments)
    }

    /// Whether it names no members but these.
    func concerns(only members: [MemberID]) -> Bool {
        func knows(_ target: FaultTarget) -> Bool { target.isOne(of: members) }
        switch self {
        case .ring: return true
        case .isolate(let target), .deaf(let target), .mute(let target): return knows(target)
        case .halves(let half): return half.allSatisfy(members.contains)
        case .bridge(let half, let target), .quorumLoss(let target, let half):
            return knows(target) && half.allSatisfy(members.contains)
        case .oneWay(let from, let to): return knows(from) && knows(to)
        }
    }
}

extension FaultTarget {
    /// Whether it stands for one of these members, as the leader always does.
    func isOne(of members: [MemberID]) -> Bool {
        switch self {
        case .member(let id): members.contains(id)
        case .leader: true
        }
    }
}
