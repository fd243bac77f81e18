// SPDX-License-Identifier: Apache-2.0

internal import Raft

/// The members' state machines, servers and users, as far as a world that is not generic can see them.
///
/// One call for each entry and each read crosses into generic code; everything else is compiled once.
protocol MachineHost: AnyObject {
    /// A member starts with a machine as it is before the first entry, and a server without connections.
    /// - Parameter versions: The machine versions that its program can run.
    func reset(_ member: Int, running versions: ClosedRange<MachineVersion>, at now: MonotonicTime)

    /// A member takes part in a cluster that was founded in this machine version.
    func begin(_ member: Int, in founding: MachineVersion) throws(RaftError)

    /// The machine that never fails begins in this version.
    func beginReference(in founding: MachineVersion)

    /// The machine version in force on a member.
    func version(_ member: Int) -> MachineVersion

    /// The versions that the machine declares.
    var machineVersions: ClosedRange<MachineVersion> { get }

    /// Applies an entry.
    func apply(
        _ entry: LogEntry, on member: Int, awaiting stream: StreamID
    ) throws(RaftError) -> AppliedEntry

    /// Applies an entry that was just committed to the machine that never fails.
    func commit(_ entry: LogEntry) throws(RaftError) -> ReferenceEntry

    /// The checksum of an output of the entry just applied.
    func digest(ofOutput output: Int, of member: Int) -> UInt32

    /// Keeps the output of a call.
    func keep(_ output: Int, of member: Int, for call: Int)

    /// Evaluates a read on a member's machine as it is.
    func observe(_ call: Int, on member: Int)

    /// The last entry applied on a member, and its time.
    func applied(_ member: Int) -> (index: LogIndex, time: ClusterTime)

    /// When a member's machine wants to be woken.
    func nextDeadline(_ member: Int) -> ClusterTime?

    /// What a client calls next, with a stream of its own.
    func draw(_ client: Int, firstCall: Int, random: SplitMix64) -> DrawnCall

    // MARK: Sessions

    /// Whether clients with sessions have something to call.
    var hasSessions: Bool { get }

    /// A command with a token, encoded.
    func tokenBatch(
        _ number: Int, _ token: CommandToken
    ) -> (batch: ProposalBatch, digests: [UInt32])

    /// A command of a client with a session, encoded.
    func sessionBatch(
        _ client: Int, _ stamp: SessionStamp
    ) -> (batch: ProposalBatch, digests: [UInt32])

    /// The checksum of what a client's command gives when it is carried out for the so-manieth time.
    func sessionDigest(_ client: Int, times: Int) -> UInt32

    /// What a command of the entry just applied came to.
    func outcome(_ output: Int, of member: Int) -> RecordOutcome

    // MARK: The front

    /// Whether clients are users that talk to servers.
    var hasFront: Bool { get }

    /// Something happens to a member's server.
    func tell(_ server: Int, _ event: ServerEvent)

    /// The next round that a member's server wants carried out.
    func takeRound(of server: Int) -> ServerRound?

    /// A command of a server's round has ended; an output is that of the entry just applied.
    func finish(_ round: UInt64, ordinal: Int, of server: Int, _ end: ServerCommandEnd)

    /// An operation that a server asked for has ended; an output is that of the entry just applied.
    func finish(operation: UInt64, of server: Int, _ end: ServerCommandEnd)

    /// A read round of a server can be answered, or can't.
    func finishRead(_ round: UInt64, of server: Int, _ error: ReadError?)

    /// What a member's server sends.
    func flush(_ server: Int) -> [ServerOutput]

    /// A user is told something.
    func take(_ event: UserEvent, by user: Int, _ turn: inout UserTurn)

    /// What is wrong with what users saw in a run in which cluster time was so wrong.
    func verdict(within bounds: TimeBounds) -> SimulationFailure?
}

/// What applying one entry gave.
struct AppliedEntry {
    /// The sequences of own commands, in log order; their outputs are kept by position until the next.
    let own: [UInt64]
    let deadline: ClusterTime?
    /// The machine version in force after it.
    let version: MachineVersion
    let stateHash: UInt64
}

/// What applying one entry gives on a machine that never fails nor restarts.
struct ReferenceEntry {
    /// The checksums of all outputs, in log order.
    let outputs: [UInt32]
    /// What all commands came to, in log order.
    let outcomes: [RecordOutcome]
    /// Whether any of them has to do with sessions.
    let hasSessions: Bool
    let stateHash: UInt64
}

/// A call drawn from a workload, encoded.
enum DrawnCall {
    case propose(ProposalBatch, digests: [UInt32])
    case read(ReadConsistency)
    case nothing
}

/// What happens to a server.
enum ServerEvent {
    case turn(MonotonicTime, ClusterTime)
    case ready
    case connected(Int)
    case received([UInt8], on: Int)
    case disconnected(Int)
}

/// What a server wants carried out.
enum ServerRound {
    case operate(UInt64, SessionOperation)
    case propose(UInt64, ProposalBatch, digests: [UInt32])
    case read(UInt64, ReadConsistency)
}

/// How a command of a server's round ended.
enum ServerCommandEnd {
    /// Its output is in this place among those of the entry just applied.
    case output(Int, at: LogIndex)
    case failed(ProposalError)
}
