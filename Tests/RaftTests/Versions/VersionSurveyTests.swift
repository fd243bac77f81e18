// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import Raft

/// Which answers count, and for what.
@Suite struct `Machine versions: asking the members` {
    private let others = (2...3).compactMap { MemberID($0) }
    private let start = MonotonicTime(nanoseconds: 5_000_000_000)

    private func answer(_ number: UInt64, _ versions: ClosedRange<MachineVersion>) -> VersionAnswer
    {
        VersionAnswer(term: Term(1), number: number, versions: versions)
    }

    @Test func `the highest version that all can run is known when all have answered`() {
        var survey = VersionSurvey()
        survey.begin(at: start)
        #expect(survey.highest(own: 1...4, others: others) == nil)
        survey.take(answer(1, 1...3), from: others[0])
        #expect(survey.highest(own: 1...4, others: others) == nil)
        survey.take(answer(1, 2...5), from: others[1])
        #expect(survey.highest(own: 1...4, others: others) == 3)
        #expect(survey.highest(own: 1...2, others: others) == 2)
        #expect(survey.highest(own: 1...1, others: others) == nil)
    }

    @Test func `an only member asks nobody`() {
        #expect(VersionSurvey().highest(own: 1...4, others: []) == 4)
    }

    @Test func `who is no member counts for nothing`() {
        var survey = VersionSurvey()
        survey.begin(at: start)
        survey.take(answer(1, 1...1), from: others[1])
        survey.take(answer(1, 1...3), from: others[0])
        #expect(survey.highest(own: 1...3, others: [others[0]]) == 3)
    }

    @Test func `an answer to an earlier question does not count`() {
        var survey = VersionSurvey()
        survey.begin(at: start)
        survey.take(answer(1, 1...2), from: others[0])
        survey.begin(at: start)
        survey.take(answer(1, 1...2), from: others[1])
        #expect(!survey.hasAnswered(others[0]))
        #expect(!survey.hasAnswered(others[1]))
        survey.take(answer(2, 1...2), from: others[1])
        #expect(survey.hasAnswered(others[1]))
    }

    @Test func `a question is open for as long as it may be, unless it is given up`() {
        let limit = Interval.milliseconds(600)
        var survey = VersionSurvey()
        #expect(!survey.isOpen(at: start, limit: limit))
        survey.begin(at: start)
        #expect(survey.isOpen(at: start + .milliseconds(599), limit: limit))
        #expect(!survey.isOpen(at: start + .milliseconds(600), limit: limit))
        survey.abandon()
        #expect(!survey.isOpen(at: start, limit: limit))
        survey.take(answer(1, 1...2), from: others[0])
        #expect(!survey.hasAnswered(others[0]))
    }

    @Test func `questions and answers come out of their bytes as they went in`() throws {
        let header = FrameHeader(group: .first, clock: nil, wall: .zero)
        let messages: [WireMessage] = [
            .versionQuestion(VersionQuestion(term: Term(3), number: 9)),
            .versionAnswer(VersionAnswer(term: Term(3), number: 9, versions: 2...7)),
            .bootstrap(.hello(fingerprint: 1, versions: 2...7)),
            .bootstrap(.offer(ClusterID(high: 1, low: 2), fingerprint: 3, version: 4)),
        ]
        for message in messages {
            #expect(try WireMessage.decode(message.encoded(header)).1 == message)
            #expect(message.channel == .control)
        }
    }

    @Test func `versions that are none are not decoded`() {
        for numbers in [[0, 1], [1, 0], [3, 2]] as [[UInt32]] {
            var writer = ByteWriter()
            for number in numbers { writer.write(number) }
            var reader = ByteReader(writer.bytes)
            #expect(throws: DecodingFailure.self) { try ClosedRange<MachineVersion>(from: &reader) }
        }
    }
}
