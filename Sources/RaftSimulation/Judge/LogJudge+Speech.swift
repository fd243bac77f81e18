// SPDX-License-Identifier: Apache-2.0

internal import Raft

// What a member says to others.
extension LogJudge {
    /// Speech needs durability: what a frame promises must be on the sender's disk.
    /// - Parameter knowsTime: Whether the member has heard a leader in its life.
    mutating func spoke(_ frame: Frame, by member: Int, knowsTime: Bool) {
        guard frame.channel == .control else { return }
        let message: WireMessage
        do throws(DecodingFailure) {
            message = try WireMessage.decode(frame.bytes).1
        } catch {
            return fail("a member's own frames decode", found: "\(error)", expected: "a message")
        }
        let durable = ghosts[member].durable
        var isKept = true
        switch message {
        case .promise(.voteGranted(let grant)):
            isKept = durable.hardState == HardState(term: grant.term, vote: frame.peer)
            checkVote(in: grant.term, of: member, for: frame.peer)
            if !knowsTime { ignorantVotes.insert(voteKey(grant.term, member)) }
        case .promise(.voteRequest(let request)):
            isKept = durable.hardState == HardState(term: request.term, vote: members[member])
            requests[LogEnd(term: request.term, index: LogIndex(UInt64(member)))] = request.logEnd
        case .promise(.appendAccepted(let acceptance)):
            isKept =
                durable.hardState.term >= acceptance.term
                && isDurable(acceptance, as: durable.mark(at: acceptance.match), member)
        // Neither changes anything at its receiver, whatever becomes of the sender.
        case .message(.preVoteRequest), .message(.readIndexRequest): break
        case .message(.preVoteReply(let reply)):
            isKept = reply.isGranted || durable.hardState.term >= reply.term
        case .message(let other):
            isKept = durable.hardState.term >= other.term
            checkCommit(saidIn: other, by: member)
        case .entries, .forward, .forwardAdmitted, .bootstrap, .versionQuestion, .versionAnswer:
            break
        }
        if !isKept {
            fail(
                "what a member says is on its disk", found: "\(members[member]) says \(message)",
                expected: "\(durable.hardState), log to \(durable.lastIndex)")
        }
    }

    /// Whether what an acceptance speaks of is what the disk has. A later leader may have replaced it in
    /// the same turn, after it was said: then it is still on disk, and known to be of an earlier term.
    private func isDurable(_ acceptance: AppendAccepted, as mark: Mark?, _ member: Int) -> Bool {
        let ghost = ghosts[member]
        if mark?.chain == ghost.memory.mark(at: acceptance.match)?.chain { return true }
        let position = Int(acceptance.match.rawValue)
        return acceptance.term < ghost.memory.hardState.term
            && ghost.replaced.indices.contains(position)
            && ghost.replaced[position] == mark
    }

    /// A leader speaks of no commit index that it has not reached.
    private mutating func checkCommit(saidIn message: Message, by member: Int) {
        let said: LogIndex
        switch message {
        case .heartbeat(let heartbeat): said = heartbeat.commit
        case .commitNotice(let notice): said = notice.commit
        case .preVoteRequest, .preVoteReply, .voteRefused, .appendRejected, .heartbeatReply,
            .readIndexRequest, .readIndexReply:
            return
        }
        if said > ghosts[member].commit {
            fail(
                "a leader speaks of no commit index that it has not reached",
                found: "\(members[member]) says \(said)",
                expected: "at most \(ghosts[member].commit)")
        }
    }

    /// A term and a voter: the index is the voter's position.
    private func voteKey(_ term: Term, _ member: Int) -> LogEnd {
        LogEnd(term: term, index: LogIndex(UInt64(member)))
    }

    /// Whether those who voted for a member and had not heard a leader in their lives are a majority with it.
    func isElectedByIgnorance(_ leader: MemberID, in term: Term) -> Bool {
        let others = members.indices.count { member in
            let key = voteKey(term, member)
            return votes[key] == leader && ignorantVotes.contains(key)
        }
        return others + 1 >= quorum
    }

    private mutating func checkVote(in term: Term, of member: Int, for candidate: MemberID) {
        let key = voteKey(term, member)
        if let earlier = votes[key], earlier != candidate {
            fail(
                "a member votes once in a term",
                found: "\(members[member]) votes for \(candidate) in term \(term)",
                expected: "\(earlier)")
        }
        votes[key] = candidate
    }
}
