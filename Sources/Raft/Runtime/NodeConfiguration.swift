// SPDX-License-Identifier: Apache-2.0

/// What a node has to be told to take part in a group.
public struct NodeConfiguration: Sendable {
    /// The member this node is.
    public var member: MemberID
    /// The members the group is founded with, this one among them, and where their transports listen.
    ///
    /// Looked at only as long as the node has no data; later the members stand in its directory.
    public var initialMembers: [Peer]
    /// Timeouts and bounds.
    public var options = ReplicaOptions()
    /// How many bytes of entries are applied in one turn of the loop; the rest waits for the next, so that
    /// a long backlog does not delay heartbeats.
    public var applySliceBytes = 256 << 10
    /// How long the log is idle before its end is marked as durable (see ``WriteAheadLog/mark()``).
    public var markDelay: Interval = .milliseconds(50)
    /// How often a member that founds a cluster says so again.
    public var bootstrapInterval: Interval = .milliseconds(50)
    /// The size of a segment of the log, in bytes.
    public var segmentBytes = 64 << 20

    /// Creates a configuration with the default options.
    public init(member: MemberID, initialMembers: [Peer]) {
        self.member = member
        self.initialMembers = initialMembers
    }

    /// What is wrong with it, in one sentence; nil if nothing is.
    var problem: String? {
        if !initialMembers.contains(where: { $0.id == member }) {
            return "member \(member) is not among the initial members"
        }
        if Set(initialMembers.map(\.id)).count != initialMembers.count {
            return "a member is listed twice among the initial members"
        }
        if Set(initialMembers.map(\.address)).count != initialMembers.count {
            return "two initial members have the same address"
        }
        if initialMembers.count > 9 { return "more than nine initial members" }
        return options.core.problem
    }
}

/// How a read is served.
public enum ReadConsistency: Sendable, Hashable {
    /// Sees every command that was acknowledged before the read began, on any member.
    case linearizable
    /// Sees the state of the member that is asked, however old.
    case stale
}

/// What a read may know about the state it sees.
public struct ReadContext: Sendable, Hashable {
    /// The last entry applied to it.
    public let appliedIndex: LogIndex
    /// The cluster time of that entry.
    public let now: ClusterTime
}

/// A node at a glance.
public struct NodeStatus: Sendable, Hashable {
    /// The member this node is.
    public var member: MemberID
    /// Its cluster; nil until there is one.
    public var cluster: ClusterID?
    /// Its role.
    public var role: Role
    /// Whether it takes part without voting.
    public var isLearner: Bool
    /// Its term.
    public var term: Term
    /// The leader of the term, if known.
    public var leader: MemberID?
    /// How far the log is committed, as far as it knows.
    public var commitIndex: LogIndex
    /// How far the state machine has come.
    public var appliedIndex: LogIndex
    /// A hash of all that is replicated there, sessions and tokens included; nil if the state machine has none
    /// at hand.
    public var stateHash: UInt64?
    /// The end of its log.
    public var lastIndex: LogIndex
    /// The entry that the latest snapshot stands for; zero if there is none.
    public var snapshotIndex: LogIndex
    /// How many bytes of entries its log holds.
    public var logBytes: Int
    /// Who votes.
    public var voters: [MemberID]
    /// Who takes part without voting.
    public var learners: [MemberID]
    /// What cluster time it is, as far as it can tell.
    public var clusterTime: ClusterTime
    /// How many milliseconds its machine's wall clock is ahead of that; nil if it can't tell yet.
    public var wallClockOffset: Int64?
    /// What is wrong with its clocks, if anything is.
    public var clockAlarm: ClockAlarm?
    /// The machine version in force as of ``appliedIndex``; nil if it does not serve.
    public var machineVersion: MachineVersion?
    /// The machine versions that its program can run.
    public var machineVersions: ClosedRange<MachineVersion> = .first ... .first
}

/// Something worth a line in a log.
public enum NodeEvent: Sendable, CustomStringConvertible {
    /// The directory was read; entries up to the index are there.
    case recovered(lastIndex: LogIndex, term: Term)
    /// Waiting for these members to found the cluster with.
    case waitingForMembers([MemberID])
    /// The cluster was founded, or taken part in again.
    case joined(ClusterID)
    /// The node serves: commands and reads are accepted from now on.
    case ready
    /// Role, term or leader changed.
    case roleChanged(RoleState)
    /// A connection to or from a member was refused, and why.
    case refused(MemberID?, String)
    /// A disk operation failed that the node can do without for now.
    case diskTrouble(String)
    /// Something about clocks.
    case clock(ClockEvent)
    /// This machine version is in force from the entry after this one on; told again when a start comes by it.
    case machineVersionRose(MachineVersion, at: LogIndex)
    /// A frame from a member could not be understood.
    case malformedFrame(MemberID, String)

    /// One line.
    public var description: String {
        switch self {
        case .recovered(let index, let term): "recovered the log up to \(index), term \(term)"
        case .waitingForMembers(let members):
            "waiting for members "
                + members.map(\.description).joined(separator: ", ")
                + " to found the cluster"
        case .joined(let cluster): "member of cluster \(cluster)"
        case .ready: "ready"
        case .roleChanged(let state):
            "\(state.role) in term \(state.term), "
                + (state.leader.map { "leader \($0)" } ?? "no leader known")
        case .refused(let member, let why):
            (member.map { "member \($0)" } ?? "a peer") + " refused: \(why)"
        case .diskTrouble(let what): "disk trouble: \(what)"
        case .clock(let event): event.description
        case .machineVersionRose(let version, let index):
            "machine version \(version) is in force since entry \(index)"
        case .malformedFrame(let member, let why): "bad frame from member \(member): \(why)"
        }
    }
}
