// SPDX-License-Identifier: Apache-2.0

/// Who has answered a campaign, or the question whether to start one.
struct Campaign: Sendable {
    /// Those who said yes, each once.
    var votes: [MemberID] = []
}

// Elections (dissertation §3.4), asked about first so that nobody is disturbed in vain (§9.6).
extension RaftCore {
    /// Whether a living leader was heard too recently for an election to make sense (§6.2, §9.6).
    private func isLeaderAlive(at now: MonotonicTime) -> Bool {
        if role == .leader { return true }
        guard let contact = leaderContact else { return false }
        return now - contact < options.electionTimeoutMinimum
    }

    private var others: [MemberID] { configuration.voters.filter { $0 != id } }

    /// Asks the voters whether a campaign would succeed.
    mutating func startPreVote(at now: MonotonicTime, into effects: inout Effects) {
        restartElectionTimer(now)
        guard configuration.voters.contains(id) else { return }
        role = .preCandidate
        leader = nil
        leaderContact = nil
        campaign = Campaign()
        let request = PreVoteRequest(prospectiveTerm: term.next, logEnd: logEnd)
        for voter in others { effects.add(.send(.preVoteRequest(request), to: voter)) }
        countVote(of: id, as: .preCandidate, at: now, into: &effects)
    }

    private mutating func startCampaign(at now: MonotonicTime, into effects: inout Effects) {
        restartElectionTimer(now)
        role = .candidate
        leader = nil
        campaign = Campaign()
        matched = .zero
        hardState = HardState(term: term.next, vote: id)
        persist(bringing: .term, into: &effects)
        let request = VoteRequest(term: term, logEnd: logEnd)
        for voter in others {
            promise(.voteRequest(request), coveringLogTo: .zero, to: voter, into: &effects)
        }
        // The vote for oneself counts when it is durable, like any other: see `persisted`.
    }

    /// Counts a vote for what this member is asking for at the moment; any other is stale.
    mutating func countVote(
        of voter: MemberID, as asked: Role, at now: MonotonicTime, into effects: inout Effects
    ) {
        guard role == asked, var campaign, !campaign.votes.contains(voter) else { return }
        campaign.votes.append(voter)
        self.campaign = campaign
        guard configuration.quorumSatisfies({ campaign.votes.contains($0) }) else { return }
        switch asked {
        case .preCandidate: startCampaign(at: now, into: &effects)
        case .candidate: becomeLeader(at: now, into: &effects)
        case .follower, .leader: break
        }
    }

    mutating func receive(
        _ request: PreVoteRequest, from sender: MemberID, at now: MonotonicTime,
        into effects: inout Effects
    ) {
        // Nothing changes here whatever the answer. The freshness of the log counts, or a member that
        // cannot win would keep asking for real; and a refusal carries the term up, or a member
        // with the longer log and the lower term could never win.
        let isGranted =
            request.prospectiveTerm > term && request.logEnd >= logEnd && !isLeaderAlive(at: now)
        if isGranted {
            let reply = PreVoteReply(term: request.prospectiveTerm, isGranted: true)
            effects.add(.send(.preVoteReply(reply), to: sender))
        } else {
            say(
                .preVoteReply(PreVoteReply(term: term, isGranted: false)), to: sender,
                into: &effects)
        }
    }

    mutating func receive(
        _ reply: PreVoteReply, from sender: MemberID, at now: MonotonicTime,
        into effects: inout Effects
    ) {
        if !reply.isGranted {
            observe(reply.term, at: now, into: &effects)
        } else if reply.term == term.next {
            countVote(of: sender, as: .preCandidate, at: now, into: &effects)
        }
    }

    mutating func receive(
        _ request: VoteRequest, from sender: MemberID, at now: MonotonicTime,
        into effects: inout Effects
    ) {
        // A candidate that a living leader has lost sight of must not depose it. If the candidate's term
        // is really the higher one, the leader learns of it from the answer to its next heartbeat.
        if request.term > term, isLeaderAlive(at: now) { return }
        observe(request.term, at: now, into: &effects)
        let hasVote = hardState.vote == nil || hardState.vote == sender
        guard request.term == term, hasVote, leader == nil, request.logEnd >= logEnd else {
            say(.voteRefused(VoteRefused(term: term)), to: sender, into: &effects)
            return
        }
        if hardState.vote == nil {
            hardState.vote = sender
            persist(bringing: .vote, into: &effects)
        }
        // Whoever was only thinking of a campaign thinks no more.
        becomeFollower(of: nil, at: now, into: &effects)
        promise(
            .voteGranted(VoteGranted(term: term)), coveringLogTo: .zero, to: sender, into: &effects)
    }

    /// A connection from the leader broke: if its process is gone, there is no point in waiting.
    ///
    /// Safe whatever the reason was: whoever still hears the leader refuses the pre-vote.
    mutating func disconnected(_ member: MemberID, at now: MonotonicTime) {
        guard role == .follower, member == leader else { return }
        leaderContact = nil
        let delay = options.electionDelayAfterDisconnect
        electionDeadline = min(electionDeadline, now + draw(delay.lowerBound, delay.upperBound))
    }
}
