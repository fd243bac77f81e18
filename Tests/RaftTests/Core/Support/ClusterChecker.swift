// SPDX-License-Identifier: Apache-2.0

import Raft

/// The properties of Raft, checked at every effect and after every step, against the history of the whole
/// cluster, which no member knows (dissertation Figure 3.2, §3.6, §6.4).
struct ClusterChecker: Sendable {
    /// The first thing that was wrong.
    private(set) var violation: String?

    private struct Position: Hashable {
        let index: LogIndex
        let term: Term
    }

    private struct Ballot: Hashable {
        let term: Term
        let voter: MemberID
    }

    private var leaderOf: [Term: MemberID] = [:]
    private var voteOf: [Ballot: MemberID] = [:]
    private var chainAt: [Position: UInt64] = [:]
    /// The chain of every entry that some member ever called committed.
    private(set) var committed: [UInt64] = []
    /// How much was committed when a read arrived.
    private var readFloor: [UInt64: Int] = [:]
    /// Term and commit index of each member's present life.
    private var seen: [MemberID: (term: Term, commit: LogIndex)] = [:]
    /// How often something worth reaching was reached.
    private(set) var marks: [String: Int] = [:]

    mutating func fail(_ reason: @autoclosure () -> String) {
        if violation == nil { violation = reason() }
    }

    private mutating func require(_ condition: Bool, _ reason: @autoclosure () -> String) {
        if !condition, violation == nil { violation = reason() }
    }

    mutating func mark(_ name: String) { marks[name, default: 0] += 1 }

    mutating func crashed(_ id: MemberID) { seen[id] = nil }

    mutating func readArrived(_ number: UInt64) { readFloor[number] = committed.count }

    /// Takes note of what a disk holds that a scenario begins with.
    mutating func recovered(_ member: CoreCluster.Member) {
        for position in member.disk.log.indices { note(member.disk.log, position, member.id) }
    }

    /// Log matching: index and term decide the entry and all before it.
    private mutating func note(_ log: [Entry], _ position: Int, _ id: MemberID) {
        let key = Position(index: LogIndex(UInt64(position + 1)), term: log[position].term)
        if let chain = chainAt[key] {
            require(chain == log[position].chain, "log matching: \(id) at \(key.index)")
        } else {
            chainAt[key] = log[position].chain
        }
    }
}

// At an effect, before the host has carried it out.
extension ClusterChecker {
    mutating func check(_ effect: Effect, of member: CoreCluster.Member) {
        switch effect {
        case .send(let message, _): check(message, of: member)
        case .release(let promise, let receiver): check(promise, to: receiver, of: member)
        case .sendEntries(let header, _, _):
            require(
                member.disk.hardState.term >= header.term,
                "\(member.id) appends in \(header.term) before the term is durable")
            require(
                header.commit <= member.core?.commitIndex ?? .zero,
                "\(member.id) sends commit \(header.commit)")
        case .persist(let request): check(request, of: member)
        case .readable(let number, let index):
            let floor = readFloor[number] ?? .max
            require(
                Int(index.rawValue) >= floor,
                "read \(number) at \(index), but \(floor) had been committed")
            mark("read answered")
        case .roleChanged(let state): check(state, of: member)
        case .readRefused: mark("read refused")
        case .readsLost: mark("reads lost")
        case .fetch: mark("fetch")
        case .startTerm, .commit: break
        }
    }

    /// Speech needs durability: a term is on disk before it is spoken in.
    private mutating func check(_ message: Message, of member: CoreCluster.Member) {
        let isExempt: Bool
        switch message {
        case .preVoteRequest: isExempt = true
        case .preVoteReply(let reply): isExempt = reply.isGranted
        case .heartbeatReply(let reply):
            isExempt = false
            require(
                member.disk.holds(member.log, through: reply.durable),
                "\(member.id) calls \(reply.durable) durable, its disk has \(member.disk.log.count)"
            )
        case .heartbeat(let heartbeat):
            isExempt = false
            require(
                heartbeat.commit <= member.core?.commitIndex ?? .zero,
                "\(member.id) sends commit \(heartbeat.commit)")
        case .voteRefused, .appendRejected, .commitNotice, .readIndexRequest, .readIndexReply:
            isExempt = false
        }
        require(
            isExempt || member.disk.hardState.term >= message.term,
            "\(member.id) says \(message) while term \(member.disk.hardState.term) is durable")
    }

    private mutating func check(
        _ promise: Promise, to receiver: MemberID, of member: CoreCluster.Member
    ) {
        let durable = member.disk.hardState
        switch promise {
        case .voteRequest(let request):
            require(
                durable == HardState(term: request.term, vote: member.id),
                "\(member.id) asks for votes in \(request.term), but \(durable) is durable")
            vote(of: member.id, for: member.id, in: request.term)
        case .voteGranted(let grant):
            require(
                durable == HardState(term: grant.term, vote: receiver),
                "\(member.id) votes for \(receiver) in \(grant.term), but \(durable) is durable")
            vote(of: member.id, for: receiver, in: grant.term)
        case .appendAccepted(let acceptance):
            require(
                durable.term >= acceptance.term
                    && member.disk.holds(member.log, through: acceptance.match),
                "\(member.id) accepts through \(acceptance.match), which its disk does not hold")
        }
    }

    private mutating func vote(of voter: MemberID, for candidate: MemberID, in term: Term) {
        let ballot = Ballot(term: term, voter: voter)
        let earlier = voteOf[ballot] ?? candidate
        require(earlier == candidate, "\(voter) votes twice in \(term)")
        voteOf[ballot] = candidate
    }

    private mutating func check(_ request: PersistRequest, of member: CoreCluster.Member) {
        let newest = member.disk.pending.last?.request.hardState ?? member.disk.hardState
        require(
            request.hardState.term > newest.term
                || (request.hardState.term == newest.term
                    && (newest.vote == nil || newest.vote == request.hardState.vote)),
            "\(member.id) takes back \(newest) for \(request.hardState)")
        guard let index = request.truncateFrom else { return }
        mark("truncation")
        if !member.disk.pending.isEmpty { mark("truncation while a write is under way") }
        require(member.core?.role != .leader, "leader \(member.id) truncates its log")
        let kept = index.previous
        if kept.rawValue < committed.count, Int(index.rawValue) <= member.log.count {
            let position = Int(index.rawValue) - 1
            require(
                member.log[position].chain != committed[position],
                "\(member.id) truncates the committed entry \(index)")
        }
    }

    /// Election safety, and that a leader has everything ever committed.
    private mutating func check(_ state: RoleState, of member: CoreCluster.Member) {
        guard state.role == .leader else { return }
        mark("leader elected")
        let earlier = leaderOf[state.term] ?? member.id
        require(earlier == member.id, "\(earlier) and \(member.id) lead in \(state.term)")
        leaderOf[state.term] = member.id
        guard let last = committed.last else { return }
        require(
            member.log.count >= committed.count && member.log[committed.count - 1].chain == last,
            "leader \(member.id) of \(state.term) lacks committed entries")
    }
}

// After a step.
extension ClusterChecker {
    mutating func check(_ cluster: CoreCluster, stepped id: MemberID, commitBefore: LogIndex) {
        let member = cluster[id]
        guard let core = member.core else { return }
        if let reason = core.invariantViolation { fail("\(id): \(reason)") }
        require(
            member.log.count == Int(core.log.lastIndex.rawValue)
                && member.log.last?.term ?? .zero == core.log.lastTerm,
            "\(id): the requests to persist do not add up to the core's log")
        // Only what was appended now can be new, and it is at the end.
        for position in member.log.indices.reversed() {
            let key = Position(
                index: LogIndex(UInt64(position + 1)), term: member.log[position].term)
            if chainAt[key] == member.log[position].chain { break }
            note(member.log, position, id)
        }
        let last = seen[id] ?? (.zero, .zero)
        require(core.term >= last.term, "\(id): the term fell from \(last.term)")
        require(core.commitIndex >= last.commit, "\(id): commit fell from \(last.commit)")
        seen[id] = (core.term, core.commitIndex)
        if core.commitIndex > commitBefore { checkCommit(cluster, member, core) }
    }

    private mutating func checkCommit(
        _ cluster: CoreCluster, _ member: CoreCluster.Member, _ core: RaftCore
    ) {
        let count = Int(core.commitIndex.rawValue)
        guard count <= member.log.count else {
            fail("\(member.id): commit \(count) of \(member.log.count) entries")
            return
        }
        let known = min(count, committed.count)
        if known > 0 {
            require(
                member.log[known - 1].chain == committed[known - 1],
                "\(member.id) commits another entry \(known) than was committed before")
        }
        if core.role == .leader {
            require(
                core.log.term(at: core.commitIndex) == core.term,
                "leader \(member.id) commits an entry of an earlier term by counting")
            let holders = cluster.configuration.voters.filter {
                cluster[$0].disk.holds(member.log, through: core.commitIndex)
            }
            require(
                holders.count > cluster.configuration.voters.count / 2,
                "leader \(member.id) commits \(count), durable on \(holders) only")
        } else {
            require(
                count <= committed.count, "\(member.id) commits \(count) ahead of every leader")
        }
        if count > committed.count {
            committed += member.log[committed.count..<count].map(\.chain)
        }
    }
}
