// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import Raft
@testable import RaftSimulation

/// What members say is held against what is on their disks.
@Suite struct `The judge of what members say` {
    private static let ids = (1...UInt64(3)).compactMap { MemberID($0) }

    /// A follower whose log in memory is fed by hand.
    private struct Follower {
        let docket = Docket()
        private var judge: LogJudge
        private var log = TermIndex()
        private var window = LogWindow(first: LogIndex(1))
        private var jobs: UInt64 = 0

        init() { judge = LogJudge(members: ids, docket: docket) }

        /// Replaces the log from an index on by one entry, in memory, and has the disk told.
        mutating func take(_ term: UInt64, from index: LogIndex) {
            let entry = LogEntry(
                kind: .tick, group: .first, term: Term(term), index: index, time: .zero,
                commandCount: 0, commands: [])
            let truncates = index <= log.lastIndex
            if truncates {
                log.truncate(from: index)
                window.truncate(from: index)
            }
            log.append(Term(term))
            window.append(entry)
            let hardState = HardState(term: Term(term))
            _ = judge.sees(hardState, log, window, of: 0, leads: false)
            jobs += 1
            let job = LogJob(
                sequence: jobs, hardState: hardState, truncateFrom: truncates ? index : nil,
                entries: [entry], commit: .zero)
            judge.submitted(job, by: 0)
        }

        mutating func sync() { judge.synced(through: jobs, by: 0) }

        mutating func says(accepted match: LogIndex, in term: UInt64) {
            let message = WireMessage.promise(
                .appendAccepted(AppendAccepted(term: Term(term), match: match)))
            let bytes = message.encoded(FrameHeader(group: .first, clock: .zero, wall: .zero))
            judge.spoke(
                Frame(peer: ids[1], channel: message.channel, bytes: bytes), by: 0, knowsTime: true)
        }
    }

    /// A turn that finds a finished write, and then a later leader's entries, answers both: once the judge
    /// compared the first answer with what the second had made of the log.
    @Test func `an acceptance that a later leader's entries overtake in the same turn was true`() {
        var follower = Follower()
        follower.take(1, from: LogIndex(1))
        follower.take(1, from: LogIndex(2))
        follower.sync()
        follower.take(2, from: LogIndex(2))
        follower.says(accepted: LogIndex(2), in: 1)
        #expect(follower.docket.failure == nil)
    }

    @Test(arguments: [false, true])
    func `what is not on disk yet must not be accepted, replaced or not`(isReplaced: Bool) {
        var follower = Follower()
        follower.take(1, from: LogIndex(1))
        follower.sync()
        follower.take(1, from: LogIndex(2))
        if isReplaced { follower.take(2, from: LogIndex(2)) }
        follower.says(accepted: LogIndex(2), in: 1)
        #expect(follower.docket.failure?.property == "what a member says is on its disk")
    }

    @Test func `what was replaced must not be accepted in the new term`() {
        var follower = Follower()
        follower.take(1, from: LogIndex(1))
        follower.take(1, from: LogIndex(2))
        follower.sync()
        follower.take(2, from: LogIndex(2))
        follower.says(accepted: LogIndex(2), in: 2)
        #expect(follower.docket.failure?.property == "what a member says is on its disk")
    }
}
