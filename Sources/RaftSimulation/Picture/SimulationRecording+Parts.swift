// SPDX-License-Identifier: Apache-2.0

public import Raft

extension SimulationRecording {
    /// What a member is.
    public enum State: String, Hashable, Sendable, CaseIterable {
        /// Its process does not run.
        case down
        /// It looks at what its disk holds.
        case starting
        /// It founds the cluster together with the others.
        case founding
        /// It reads its log.
        case recovering
        /// It follows a leader, or waits for one.
        case follower
        /// It asks whether an election would succeed.
        case preCandidate
        /// It asks for votes.
        case candidate
        /// It leads.
        case leader
        /// It has ended by its own decision.
        case ended
    }

    /// What a member was for a while.
    public struct StateSpan: Hashable, Sendable {
        /// Who.
        public let member: MemberID
        /// What it was.
        public let state: State
        /// In which term; nil unless it served.
        public let term: Term?
        /// Whom it took for the leader.
        public let leader: MemberID?
        /// From when.
        public let begin: Interval
        /// Until when.
        public internal(set) var end: Interval
    }

    /// How far a member's log was at a moment.
    public struct Progress: Hashable, Sendable {
        /// Whose.
        public let member: MemberID
        /// When this came to be.
        public let time: Interval
        /// Its last entry, in memory.
        public let last: LogIndex
        /// Its last entry on disk.
        public let durable: LogIndex
        /// The last entry that it knew to be committed.
        public let commit: LogIndex
        /// The last entry that its machine had applied.
        public let applied: LogIndex
    }

    /// What a message is about.
    public enum Topic: String, Hashable, Sendable, CaseIterable {
        /// Heartbeats, commit notices, and answers to them.
        case heartbeat
        /// Entries, and answers to them.
        case append
        /// Votes and pre-votes, and answers to them.
        case vote
        /// Read rounds of followers, and answers to them.
        case read
        /// Commands on their way to the leader, and answers to them.
        case forward
        /// What members say to found a cluster.
        case founding
    }

    /// A frame from one member to another.
    public struct Message: Hashable, Sendable {
        /// What became of it.
        public enum Fate: Hashable, Sendable {
            /// It arrived at this time.
            case arrived(Interval)
            /// It never arrived.
            case lost
            /// It was on its way when the recording ended.
            case underWay
        }

        /// Who sent it.
        public let from: MemberID
        /// To whom.
        public let to: MemberID
        /// When.
        public let sent: Interval
        /// What became of it.
        public internal(set) var fate: Fate
        /// Whether the network delivered it once more than it was sent.
        public let isCopy: Bool
        /// What it is about.
        public let topic: Topic
        /// The message in words, such as `append 12..15`.
        public let text: String
        /// The term it speaks of; nil if none.
        public let term: Term?
        /// The length of the frame.
        public let byteCount: Int

        /// When it arrived; nil if it did not.
        public var arrival: Interval? {
            switch fate {
            case .arrived(let time): time
            case .lost, .underWay: nil
            }
        }
    }

    /// What a disk did for a while.
    public struct DiskJob: Hashable, Sendable {
        /// How it ended.
        public enum Outcome: Hashable, Sendable {
            /// It has not.
            case waiting
            /// Well.
            case done
            /// With an error.
            case failed(String)
            /// The member went down in the middle of it.
            case cutOff
        }

        /// Whose.
        public let member: MemberID
        /// Whether it only reads.
        public let isRead: Bool
        /// What, in a few words.
        public let text: String
        /// From when.
        public let begin: Interval
        /// Until when; nil if it has not ended.
        public internal(set) var end: Interval?
        /// How it ended.
        public internal(set) var outcome: Outcome
    }

    /// What a client called.
    public struct Call: Hashable, Sendable {
        /// Who calls.
        public enum Caller: Hashable, Sendable {
            /// Nobody: made by hand.
            case hand
            /// A client, by number.
            case client(Int)
            /// The member's own server, in one of its rounds.
            case server(round: UInt64)
        }

        /// Which.
        public let id: CallID
        /// Whose.
        public let caller: Caller
        /// The member that was asked.
        public let member: MemberID
        /// Whether it only reads.
        public let isRead: Bool
        /// What, in a few words.
        public let text: String
        /// When it was made.
        public let begin: Interval
        /// When it ended; nil if it has not.
        public internal(set) var end: Interval?
        /// What became of it.
        public internal(set) var outcome: CallOutcome
        /// The answer, in a few words.
        public internal(set) var answer: String?
    }

    /// A fault while it lasts.
    public struct FaultSpan: Hashable, Sendable {
        /// From one member to another.
        public struct Link: Hashable, Sendable {
            /// Who sends.
            public let from: MemberID
            /// Who does not receive.
            public let to: MemberID
        }

        /// What goes wrong.
        public let text: String
        /// Which members it hits.
        public let members: [MemberID]
        /// Which directions between members it hits.
        public let links: [Link]
        /// From when.
        public let begin: Interval
        /// Until when; nil if until somebody mends it. Equal to ``begin`` if it is over at once.
        public internal(set) var end: Interval?
    }

    /// A moment worth a mark.
    public struct Note: Hashable, Sendable {
        /// What is marked.
        public enum Kind: String, Hashable, Sendable, CaseIterable {
            /// A member's process starts.
            case start
            /// A member's process ends.
            case crash
            /// A member becomes leader.
            case election
            /// A follower discards entries.
            case truncation
            /// A member recovers less than it had written.
            case tailLost
            /// Everything is mended.
            case heal
        }

        /// When.
        public let time: Interval
        /// At whom; nil if everywhere.
        public let member: MemberID?
        /// What.
        public let kind: Kind
        /// What, in a few words.
        public let text: String
    }
}
