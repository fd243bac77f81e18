// SPDX-License-Identifier: Apache-2.0

internal import Raft

/// The members' state machines, as far as a world that is not generic can see them.
///
/// One call for each entry and each read crosses into generic code; everything else is compiled once.
protocol MachineHost: AnyObject {
    /// A member starts with a machine as it is before the first entry.
    func reset(_ member: Int)

    /// Applies an entry.
    func apply(
        _ entry: LogEntry, on member: Int, awaiting stream: StreamID
    ) throws(RaftError) -> AppliedEntry

    /// Keeps the output of a call.
    func keep(_ output: Int, of member: Int, for call: Int)

    /// Evaluates a read on a member's machine as it is.
    func observe(_ call: Int, on member: Int)

    /// The last entry applied on a member, and its time.
    func applied(_ member: Int) -> (index: LogIndex, time: ClusterTime)

    /// What a client calls next.
    func draw(_ client: Int, firstCall: Int, random: inout SplitMix64) -> DrawnCall

    /// What is wrong with a machine's state or output by its own account, if anything is.
    var complaint: String? { get }
}

/// What applying one entry gave.
struct AppliedEntry {
    /// The sequences of own commands, in log order; their outputs are kept by position until the next.
    let own: [UInt64]
    let deadline: ClusterTime?
    let stateHash: UInt64
}

/// A call drawn from a workload, encoded.
enum DrawnCall {
    case propose(ProposalBatch, digests: [UInt32])
    case read(ReadConsistency)
    case nothing
}
