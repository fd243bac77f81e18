// SPDX-License-Identifier: Apache-2.0

import Raft

// One line for everything, as the scripts show it. A log's end reads index@term.
extension CoreCluster {
    func describe(_ effect: Effect, of id: MemberID) -> String {
        switch effect {
        case .send(let message, let receiver):
            return "  \(id)->\(receiver) \(describe(message))"
        case .release(let promise, let receiver):
            return "  \(id)->\(receiver) \(describe(promise))"
        case .sendEntries(let header, let through, let receiver):
            let entries = describe(after: header.previous.index, through: through)
            return "  \(id)->\(receiver) \(describe(header)) \(entries)"
        case .fetch(let index, let receiver):
            return "  \(id) reads back from \(index) for \(receiver)"
        case .persist(let request):
            var words = ["  \(id) persists #\(request.token): t\(request.hardState.term)"]
            if let vote = request.hardState.vote { words.append("vote \(vote)") }
            if let index = request.truncateFrom { words.append("truncates \(index)…") }
            if !request.appended.isEmpty {
                let last = request.appended.upperBound.previous
                words.append(
                    "appends "
                        + describe(after: request.appended.lowerBound.previous, through: last))
            }
            return words.joined(separator: " ")
        case .startTerm(let term, let index): return "  \(id) starts t\(term) with entry \(index)"
        case .commit(let index): return "  \(id) commits \(index)"
        case .readable(let number, let index):
            return "  \(id) may answer read \(number) at \(index)"
        case .readRefused(let read): return "  \(id) refuses read \(read)"
        case .readsLost: return "  \(id) loses its reads"
        case .roleChanged(let state):
            let leader = state.leader.map { " of \($0)" } ?? ""
            let role = state.role == .preCandidate ? "precandidate" : "\(state.role)"
            return "  \(id) is \(role) t\(state.term)" + (state.role == .leader ? "" : leader)
        }
    }

    private func describe(after previous: LogIndex, through last: LogIndex) -> String {
        if last == previous { return "[]" }
        return last == previous.next ? "[\(last)]" : "[\(previous.next)…\(last)]"
    }

    private func describe(_ end: LogEnd) -> String { "\(end.index)@\(end.term)" }

    private func describe(_ header: AppendHeader) -> String {
        "append t\(header.term) after \(describe(header.previous)) commit \(header.commit)"
    }

    private func describe(_ message: Message) -> String {
        switch message {
        case .preVoteRequest(let request):
            "pre-vote? t\(request.prospectiveTerm) log \(describe(request.logEnd))"
        case .preVoteReply(let reply):
            reply.isGranted ? "pre-vote yes t\(reply.term)" : "pre-vote no, t\(reply.term)"
        case .voteRefused(let refusal): "vote no, t\(refusal.term)"
        case .appendRejected(let rejection):
            "append no t\(rejection.term) after \(rejection.rejected), try \(describe(rejection.hint))"
        case .heartbeat(let heartbeat):
            "heartbeat t\(heartbeat.term) commit \(heartbeat.commit) round \(heartbeat.round)"
        case .heartbeatReply(let reply):
            "heard t\(reply.term) round \(reply.round) received \(reply.received) durable \(reply.durable)"
        case .commitNotice(let notice): "notice t\(notice.term) commit \(notice.commit)"
        case .readIndexRequest(let request): "read? t\(request.term) \(request.id)"
        case .readIndexReply(let reply): "read t\(reply.term) \(reply.id) at \(reply.index)"
        }
    }

    private func describe(_ promise: Promise) -> String {
        switch promise {
        case .voteRequest(let request): "vote? t\(request.term) log \(describe(request.logEnd))"
        case .voteGranted(let grant): "vote yes t\(grant.term)"
        case .appendAccepted(let acceptance):
            "append yes t\(acceptance.term) through \(acceptance.match)"
        }
    }

    func describe(_ envelope: Envelope) -> String {
        let words =
            switch envelope.body {
            case .message(let message): describe(message)
            case .promise(let promise): describe(promise)
            case .entries(let header, let entries):
                describe(header) + " "
                    + describe(
                        after: header.previous.index, through: header.previous.index + entries.count
                    )
            }
        return "  \(envelope.from)->\(envelope.to) \(words)"
    }

    /// Role, term, vote, commit index and the terms of the log; what is not on disk stands after a bar.
    func describe(_ id: MemberID) -> String {
        let member = self[id]
        guard let core = member.core else {
            let terms = member.disk.log.map { "\($0.term)" }.joined(separator: " ")
            return "  \(id) down t\(member.disk.hardState.term) log \(terms)"
        }
        let role = core.role == .preCandidate ? "precandidate" : "\(core.role)"
        var words = ["  \(id) \(role) t\(core.term)"]
        if core.role == .follower, let leader = core.leader { words.append("of \(leader)") }
        words.append("commit \(core.commitIndex) log")
        for (position, entry) in member.log.enumerated() {
            if position == Int(core.durability.durableIndex.rawValue) { words.append("|") }
            words.append("\(entry.term)")
        }
        return words.joined(separator: " ")
    }
}
