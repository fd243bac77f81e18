// SPDX-License-Identifier: Apache-2.0

/// What is on disk, what is on its way there, and what waits for it.
///
/// The only way for a ``Promise`` to leave a member leads through here (dissertation §3.8; DESIGN "The
/// core": messages that promise durability exist only inside what they depend on).
package struct Durability: Sendable {
    /// What a persist request changes besides the log.
    package enum HardStateChange: Sendable {
        case nothing
        /// A vote in the term that was already there.
        case vote
        /// A new term, with or without a vote.
        case term
    }

    /// A message that waits for a persist request.
    package enum Held: Sendable {
        case message(Message, MemberID)
        case promise(Promise, MemberID)

        /// Whether nothing is lost if this is sent and the other, which is older, is not.
        func supersedes(_ other: Held) -> Bool {
            switch (self, other) {
            case (.message(let new, let receiver), .message(let old, let otherReceiver)):
                receiver == otherReceiver && new.isSameKind(as: old)
            case (.promise(let new, let receiver), .promise(let old, let otherReceiver)):
                receiver == otherReceiver && new.says(atLeast: old)
            case (.message, .promise), (.promise, .message): false
            }
        }
    }

    /// The newest request made.
    package private(set) var lastToken: UInt64 = 0
    /// The newest request completed.
    package private(set) var persistedToken: UInt64 = 0
    /// The log is durable up to here.
    package private(set) var durableIndex: LogIndex
    /// The request that carries the current term and vote.
    private var hardStateToken: UInt64 = 0
    /// The request that carries the current term.
    private var termToken: UInt64 = 0

    private var requests = Queue<(token: UInt64, last: LogIndex)>()
    private var held = Queue<(token: UInt64, message: Held)>()

    package init(durableIndex: LogIndex) { self.durableIndex = durableIndex }

    /// Whether the current term is on disk.
    package var isTermDurable: Bool { termToken <= persistedToken }

    /// Whether the current term and the vote in it are on disk.
    package var isHardStateDurable: Bool { hardStateToken <= persistedToken }

    /// Counts a new request.
    /// - Parameters:
    ///   - last: The last entry of the log once the request is done.
    ///   - hardState: What of term and vote is new in it.
    package mutating func request(last: LogIndex, bringing hardState: HardStateChange) -> UInt64 {
        lastToken += 1
        requests.append((lastToken, last))
        switch hardState {
        case .nothing: break
        case .vote: hardStateToken = lastToken
        case .term:
            hardStateToken = lastToken
            termToken = lastToken
        }
        return lastToken
    }

    /// Entries from `index` on are void: completions of older requests no longer speak for them.
    package mutating func truncate(from index: LogIndex) {
        durableIndex = min(durableIndex, index.previous)
        for position in 0..<requests.count where requests[position].last >= index {
            requests[position].last = index.previous
        }
    }

    /// Keeps a message until everything requested so far is durable.
    package mutating func hold(_ message: Held) { hold(message, until: lastToken) }

    /// Keeps a message until the current term is durable.
    package mutating func holdForTerm(_ message: Held) { hold(message, until: termToken) }

    /// Keeps a message, in place of an older one that would leave with it and say no more.
    ///
    /// So what waits for a disk that hangs is bounded by the requests under way, not by how long it hangs.
    private mutating func hold(_ message: Held, until token: UInt64) {
        held.removeAll { $0.token == token && message.supersedes($0.message) }
        held.append((token, message))
    }

    /// Notes a completion.
    /// - Returns: What may leave now; nothing for a completion that came before.
    package mutating func completed(through token: UInt64) -> [Held] {
        precondition(token <= lastToken, "completion \(token) of a request never made")
        guard token > persistedToken else { return [] }
        persistedToken = token
        while let request = requests.first, request.token <= token {
            durableIndex = max(durableIndex, request.last)
            requests.removeFirst(1)
        }
        var released: [Held] = []
        held.removeAll { entry in
            guard entry.token <= token else { return false }
            released.append(entry.message)
            return true
        }
        return released
    }
}

extension Message {
    /// Whether the newer of the two makes the older superfluous; true of answers and of heartbeats.
    fileprivate func isSameKind(as other: Message) -> Bool {
        switch (self, other) {
        case (.preVoteReply, .preVoteReply), (.voteRefused, .voteRefused),
            (.appendRejected, .appendRejected), (.heartbeat, .heartbeat),
            (.heartbeatReply, .heartbeatReply), (.commitNotice, .commitNotice):
            true
        case (.preVoteReply, _), (.voteRefused, _), (.appendRejected, _), (.heartbeat, _),
            (.heartbeatReply, _), (.commitNotice, _), (.preVoteRequest, _),
            (.readIndexRequest, _), (.readIndexReply, _):
            false
        }
    }
}

extension Promise {
    fileprivate func says(atLeast other: Promise) -> Bool {
        switch (self, other) {
        case (.appendAccepted(let new), .appendAccepted(let old)):
            new.term == old.term && new.match >= old.match
        case (.voteRequest, _), (.voteGranted, _), (.appendAccepted, _): self == other
        }
    }
}
