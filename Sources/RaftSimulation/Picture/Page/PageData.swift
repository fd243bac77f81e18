// SPDX-License-Identifier: Apache-2.0

internal import Raft

/// A recording as the page's script reads it: lists of numbers, each element a fixed count of them.
///
/// Times are nanoseconds, each counted from the one before it in its list; spans end so long after they
/// began, -1 if never. Members are positions, -1 for none; texts and names are positions in tables.
struct PageData {
    private let recording: SimulationRecording
    private var texts = TextTable()
    private var json = JSONText()

    /// The recording as JSON.
    /// - Complexity: O(*n*) in the recording.
    static func json(of recording: SimulationRecording) -> String {
        var data = PageData(recording: recording)
        data.write()
        return data.json.text
    }

    private init(recording: SimulationRecording) { self.recording = recording }

    private mutating func write() {
        let recording = recording
        // The tables come last: they are filled on the way.
        let lists = [
            ("states", states()), ("progress", progress()), ("messages", messages()),
            ("disk", disk()), ("calls", calls()), ("faults", faults()), ("notes", notes()),
        ]
        let texts = texts.texts
        json.object { json in
            json.key("members")
            json.array { for id in recording.members { $0.number(id.rawValue) } }
            json.key("begin")
            json.number(recording.begin.nanoseconds)
            json.key("end")
            json.number(recording.end.nanoseconds)
            json.key("failure")
            json.failure(recording.failure)
            json.key("omissions")
            json.array { json in
                for omission in recording.omissions { json.omission(omission) }
            }
            json.names("stateNames", SimulationRecording.State.allCases)
            json.names("topics", SimulationRecording.Topic.allCases)
            json.names("noteKinds", SimulationRecording.Note.Kind.allCases)
            json.key("texts")
            json.array { for text in texts { $0.string(text) } }
            for (name, numbers) in lists {
                json.key(name)
                json.array { for number in numbers { $0.number(number) } }
            }
        }
    }

    // MARK: Numbers

    private func position(_ id: MemberID?) -> Int64 {
        Int64(id.flatMap { recording.members.firstIndex(of: $0) } ?? -1)
    }

    private func term(_ term: Term?) -> Int64 { term.map { Int64($0.rawValue) } ?? -1 }

    private mutating func text(_ text: String) -> Int64 { Int64(texts.number(of: text)) }

    /// Counts times from one to the next.
    private struct Clock {
        var last: Int64 = 0

        mutating func step(to time: Interval) -> Int64 {
            let now = Int64(time.nanoseconds)
            defer { last = now }
            return now - last
        }
    }

    private static func length(from begin: Interval, to end: Interval?) -> Int64 {
        end.map { Int64($0.nanoseconds) - Int64(begin.nanoseconds) } ?? -1
    }

    private static func place<Case: CaseIterable & Equatable>(_ value: Case) -> Int64 {
        var place: Int64 = 0
        for other in Case.allCases {
            if other == value { break }
            place += 1
        }
        return place
    }

    // MARK: Lists

    /// Member, state, term, leader, begin, length.
    private func states() -> [Int64] {
        var clock = Clock()
        return recording.states.flatMap { span in
            [
                position(span.member), Self.place(span.state), term(span.term),
                position(span.leader), clock.step(to: span.begin),
                Self.length(from: span.begin, to: span.end),
            ]
        }
    }

    /// Member, time, last, durable, commit, applied.
    private func progress() -> [Int64] {
        var clock = Clock()
        return recording.progress.flatMap { sample in
            [
                position(sample.member), clock.step(to: sample.time),
                Int64(sample.last.rawValue), Int64(sample.durable.rawValue),
                Int64(sample.commit.rawValue), Int64(sample.applied.rawValue),
            ]
        }
    }

    /// From, to, sent, flight (-1 lost, -2 under way), 1 if a copy, topic, text, term, bytes.
    private mutating func messages() -> [Int64] {
        var clock = Clock()
        var numbers: [Int64] = []
        for message in recording.messages {
            let flight: Int64 =
                switch message.fate {
                case .arrived(let time): Self.length(from: message.sent, to: time)
                case .lost: -1
                case .underWay: -2
                }
            numbers += [
                position(message.from), position(message.to), clock.step(to: message.sent), flight,
                message.isCopy ? 1 : 0, Self.place(message.topic), text(message.text),
                term(message.term), Int64(message.byteCount),
            ]
        }
        return numbers
    }

    /// Member, 1 if a read, text, begin, length, outcome, error text or -1.
    private mutating func disk() -> [Int64] {
        var clock = Clock()
        var numbers: [Int64] = []
        for job in recording.diskJobs {
            let (outcome, error): (Int64, Int64) =
                switch job.outcome {
                case .waiting: (0, -1)
                case .done: (1, -1)
                case .failed(let error): (2, text(error))
                case .cutOff: (3, -1)
                }
            numbers += [
                position(job.member), job.isRead ? 1 : 0, text(job.text),
                clock.step(to: job.begin), Self.length(from: job.begin, to: job.end), outcome,
                error,
            ]
        }
        return numbers
    }

    /// Number, kind of caller, its number, member, 1 if a read, text, begin, length, outcome, index,
    /// answer or -1.
    private mutating func calls() -> [Int64] {
        var clock = Clock()
        var numbers: [Int64] = []
        for call in recording.calls {
            let (outcome, index): (Int64, UInt64) =
                switch call.outcome {
                case .waiting: (0, 0)
                case .applied(let index): (1, index.rawValue)
                case .answered(let index): (2, index.rawValue)
                case .rejected: (3, 0)
                case .unknown: (4, 0)
                case .unavailable: (5, 0)
                }
            let (caller, number): (Int64, Int64) =
                switch call.caller {
                case .hand: (0, -1)
                case .client(let number): (1, Int64(number))
                case .server(let round): (2, Int64(round))
                }
            numbers += [
                Int64(call.id.rawValue), caller, number, position(call.member),
                call.isRead ? 1 : 0, text(call.text), clock.step(to: call.begin),
                Self.length(from: call.begin, to: call.end), outcome, Int64(index),
                call.answer.map { text($0) } ?? -1,
            ]
        }
        return numbers
    }

    /// Text, begin, length, how many members, they, how many links, they as from and to.
    private mutating func faults() -> [Int64] {
        var clock = Clock()
        var numbers: [Int64] = []
        for fault in recording.faults {
            numbers += [
                text(fault.text), clock.step(to: fault.begin),
                Self.length(from: fault.begin, to: fault.end), Int64(fault.members.count),
            ]
            numbers += fault.members.map { position($0) }
            numbers.append(Int64(fault.links.count))
            numbers += fault.links.flatMap { [position($0.from), position($0.to)] }
        }
        return numbers
    }

    /// Time, member or -1, kind, text.
    private mutating func notes() -> [Int64] {
        var clock = Clock()
        var numbers: [Int64] = []
        for note in recording.notes {
            numbers += [
                clock.step(to: note.time), position(note.member), Self.place(note.kind),
                text(note.text),
            ]
        }
        return numbers
    }
}

extension JSONText {
    mutating func names(
        _ key: String, _ names: [some RawRepresentable<String>]
    ) {
        self.key(key)
        array { for name in names { $0.string(name.rawValue) } }
    }

    mutating func omission(_ omission: SimulationRecording.Omission) {
        object { json in
            json.key("what")
            json.string(omission.what)
            json.key("count")
            json.number(omission.count)
            json.key("before")
            json.number(omission.before.nanoseconds)
        }
    }

    mutating func failure(_ failure: SimulationRecording.Failure?) {
        guard let failure else { return null() }
        object { json in
            json.key("time")
            json.number(failure.time.nanoseconds)
            for (key, text) in [
                ("property", failure.failure.property), ("found", failure.failure.found),
                ("expected", failure.failure.expected),
            ] {
                json.key(key)
                json.string(text)
            }
        }
    }
}
