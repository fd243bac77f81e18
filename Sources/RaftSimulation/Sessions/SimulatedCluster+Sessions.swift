// SPDX-License-Identifier: Apache-2.0

public import Raft

// Sessions by hand.
extension SimulatedCluster where Machine: ~Copyable {
    /// Opens, keeps alive or closes a session by way of a member.
    public func operate(_ operation: SessionOperation, on id: MemberID) -> CallID {
        CallID(rawValue: world.operate(operation, on: member(id), for: .hand))
    }

    /// Proposes a command of a session on a member.
    public func propose(
        _ command: Machine.Command, as stamp: SessionStamp, on id: MemberID
    ) -> CallID {
        var batch = ProposalBatch()
        batch.append(command, as: stamp)
        world.recorder?.asks([command])
        let calls = world.propose(batch, batch.digests, on: member(id)) {
            _ in .hand
        }
        return CallID(rawValue: calls.lowerBound)
    }

    /// What a command that was applied came to; nil if it was not, or not on the member it was proposed on.
    public func result(of call: CallID) -> CommandOutcome<Machine.Output>? {
        machines.results[call.rawValue]
    }
}
