// SPDX-License-Identifier: Apache-2.0

internal import Raft

/// Watches all logs from outside and knows what no member can know: who led when, what is committed,
/// what each disk would give back now.
///
/// Every entry of every log has a chain hash, a function of the entry and of all before it, so that two
/// logs are compared in O(1) at any index (*Consensus*, Figure 3.2, is what is checked).
struct LogJudge {
    /// An entry as the judge knows it.
    struct Mark: Equatable {
        var chain: UInt64
        var term: Term
        var time: ClusterTime

        static let start = Mark(chain: 0, term: .zero, time: .zero)

        init(chain: UInt64, term: Term, time: ClusterTime) {
            self.chain = chain
            self.term = term
            self.time = time
        }

        init(after previous: Mark, _ entry: LogEntry) {
            var hash =
                previous.chain ^ (UInt64(entry.checksum) << 32 | entry.term.rawValue & 0xFFFF_FFFF)
            hash = (hash ^ (hash >> 30)) &* 0xBF58_476D_1CE4_E5B9
            hash = (hash ^ (hash >> 27)) &* 0x94D0_49BB_1331_11EB
            self.init(chain: hash ^ (hash >> 31), term: entry.term, time: entry.time)
        }
    }

    /// What one log job changes.
    struct Job {
        let sequence: UInt64
        let hardState: HardState
        let truncateFrom: LogIndex?
        let appended: [Mark]
        let commit: LogIndex
        let chainAtCommit: UInt64
    }

    /// A log and what goes with it; position 0 stands before the first entry.
    struct Image {
        var log: [Mark] = [.start]
        var hardState = HardState()

        var lastIndex: LogIndex { LogIndex(UInt64(log.count - 1)) }

        mutating func perform(_ job: Job) {
            if let from = job.truncateFrom { truncate(from: from) }
            log.append(contentsOf: job.appended)
            hardState = job.hardState
        }

        mutating func truncate(from index: LogIndex) {
            log.removeLast(max(0, log.count - Int(index.rawValue)))
        }

        func mark(at index: LogIndex) -> Mark? {
            index.rawValue < log.count ? log[Int(index.rawValue)] : nil
        }
    }

    /// One member as seen from outside.
    struct Ghost {
        /// The log as the member sees it.
        var memory = Image()
        /// The log as it is once all that was handed to the log lane is done.
        var written = Image()
        /// The log as its disk would certainly give it back.
        var durable = Image()
        /// What stood in memory before the last turn and was replaced in it.
        var replaced: ArraySlice<Mark> = []
        /// What its disk would have given back before it was emptied.
        var wiped = Image()
        /// What leads from what is durable to what is written.
        var jobs = Queue<Job>()
        /// Entries of the log in memory that nobody has committed yet.
        var open = Queue<LogEntry>()
        var commit = LogIndex.zero
        var applied = LogIndex.zero
        /// Whether the member has ended for good.
        var isLost = false
    }

    /// A committed entry.
    struct Committed {
        let mark: Mark
        /// The term of the leader that committed it, which may be later than its own.
        let committedIn: Term
        let checksum: UInt32
        var stateHash: UInt64?
    }

    let members: [MemberID]
    var ghosts: [Ghost]
    /// Position 0 stands before the first entry.
    var committed = [Committed(mark: .start, committedIn: .zero, checksum: 0, stateHash: nil)]
    private let docket: Docket
    /// By term; looked up only.
    var leaders: [Term: MemberID] = [:]
    /// By index: the first entry seen there. Others are looked up by index and term.
    var firstSeen: [Mark] = [.start]
    var otherSeen: [LogEnd: UInt64] = [:]
    /// By term and the voter's position.
    var votes: [LogEnd: MemberID] = [:]
    /// By term and the candidate's position: where the candidate's log ends.
    var requests: [LogEnd: LogEnd] = [:]
    /// Votes of members that had not heard a leader in their lives; looked up only.
    var ignorantVotes: Set<LogEnd> = []

    init(members: [MemberID], docket: Docket) {
        self.docket = docket
        self.members = members
        ghosts = Array(repeating: Ghost(), count: members.count)
    }

    /// The last committed entry.
    var lastCommitted: LogIndex { LogIndex(UInt64(committed.count - 1)) }

    var quorum: Int { members.count / 2 + 1 }

    mutating func fail(_ property: String, found: String, expected: String) {
        docket.note(property, found: found, expected: expected)
    }
}
