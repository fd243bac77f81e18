// SPDX-License-Identifier: Apache-2.0

internal import Raft

/// Looks on while a world runs, and keeps what a picture needs; changes nothing in it.
///
/// What members are and how far their logs are is seen by looking at them after every event; everything
/// else the world says as it happens.
final class SimulationRecorder {
    typealias Recording = SimulationRecording

    let ids: [MemberID]
    let start: MonotonicTime
    let limits: Recording.Limits

    var states: Newest<Recording.StateSpan>
    var progress: Newest<Recording.Progress>
    var diskJobs: Newest<Recording.DiskJob>
    var calls: Newest<Recording.Call>
    var faults: Newest<Recording.FaultSpan>
    var notes: Newest<Recording.Note>
    var flights: Newest<Flight>

    /// By member: what it is now, as the number of its open span.
    var openStates: [Int?]
    var lastProgress: [Recording.Progress?]
    /// By member: the jobs that its lanes are at.
    var openWrites: [Int?]
    var openReads: [Int?]
    /// By member: the term and vote that were written last.
    var hardStates: [HardState?]
    /// The call with number 0 may be older than the recording.
    var firstCall: Int?
    /// What the commands ask that are called next.
    var questions: [String] = []
    /// Numbers of flights, oldest first; looked up only.
    var flightNumbers: [FlightKey: [Int]] = [:]

    /// Clients with sessions are numbered after the others.
    let firstSessionClient: Int

    init(
        ids: [MemberID], clients: Int, start: MonotonicTime, limits: Recording.Limits
    ) {
        firstSessionClient = clients
        self.ids = ids
        self.start = start
        self.limits = limits
        states = Newest(limit: limits.others)
        progress = Newest(limit: limits.samples)
        diskJobs = Newest(limit: limits.diskJobs)
        calls = Newest(limit: limits.calls)
        faults = Newest(limit: limits.others)
        notes = Newest(limit: limits.others)
        flights = Newest(limit: limits.messages)
        openStates = Array(repeating: nil, count: ids.count)
        lastProgress = Array(repeating: nil, count: ids.count)
        openWrites = Array(repeating: nil, count: ids.count)
        openReads = Array(repeating: nil, count: ids.count)
        hardStates = Array(repeating: nil, count: ids.count)
    }

    func since(_ now: MonotonicTime) -> Interval { now - start }

    // MARK: Notes and faults

    func note(
        _ kind: Recording.Note.Kind, _ member: MemberID?, _ text: String, at now: MonotonicTime
    ) {
        notes.append(Recording.Note(time: since(now), member: member, kind: kind, text: text))
    }

    /// A fault comes.
    func strikes(_ fault: Fault, leader: MemberID, at now: MonotonicTime) {
        let extent = fault.extent(members: ids, leader: leader)
        let isInVain = extent.needsProcess && !extent.members.contains(where: isUp)
        let end = isInVain ? since(now) : extent.lasting.map { since(now + $0) }
        faults.append(
            Recording.FaultSpan(
                text: fault.description + (isInVain ? " (is down already)" : ""),
                members: extent.members, links: extent.links, begin: since(now), end: end))
    }

    private func isUp(_ id: MemberID) -> Bool {
        guard let position = ids.firstIndex(of: id), let number = openStates[position] else {
            return false
        }
        return states[number].map { $0.state != .down && $0.state != .ended } ?? false
    }

    /// All faults are over; these members are mended.
    func heals(_ core: [MemberID], at now: MonotonicTime) {
        endFaults(at: now) { _ in true }
        let names = core.count == ids.count ? "all" : core.map { "\($0)" }.joined(separator: ", ")
        note(.heal, nil, "mends \(names)", at: now)
    }

    /// A member stays broken while others are mended.
    func breaks(_ member: SimulatedMember, _ breakage: Breakage, at now: MonotonicTime) {
        let others = ids.filter { $0 != member.id }
        let out = others.map { Recording.FaultSpan.Link(from: member.id, to: $0) }
        let `in` = others.map { Recording.FaultSpan.Link(from: $0, to: member.id) }
        let links =
            switch breakage {
            case .down, .paused, .stalled: [Recording.FaultSpan.Link]()
            case .isolated: out + `in`
            case .deaf: `in`
            case .mute: out
            }
        faults.append(
            Recording.FaultSpan(
                text: "\(member.id) stays \(breakage)", members: links.isEmpty ? [member.id] : [],
                links: links, begin: since(now), end: nil))
    }

    /// Ends faults that have no end yet, or a later one.
    func endFaults(at now: MonotonicTime, _ isOver: (Recording.FaultSpan) -> Bool) {
        let time = since(now)
        for number in faults.first..<faults.next {
            guard let fault = faults[number], fault.end.map({ $0 > time }) ?? true, isOver(fault)
            else { continue }
            faults.update(number) { $0.end = time }
        }
    }

    // MARK: Calls

    /// What the next calls ask.
    func asks(_ commands: [some Sendable]) { questions = commands.map { Self.short("\($0)") } }

    /// What the next calls ask.
    func asks<Command: WireCodable>(_ batch: ProposalBatch, of type: Command.Type) {
        questions = batch.commands.map { bytes in
            var reader = ByteReader(Array(bytes))
            let command = try? Command(from: &reader)
            return command.map { Self.short("\($0)") } ?? "\(bytes.count) bytes"
        }
    }

    func called(_ call: Int, _ judged: CallJudge.Call, at now: MonotonicTime) {
        if firstCall == nil { firstCall = call }
        let text =
            switch judged.kind {
            case .command: questions.isEmpty ? "command" : questions.removeFirst()
            case .linearizableRead: "read"
            case .staleRead: "stale read"
            }
        let caller: Recording.Call.Caller =
            switch judged.origin {
            case .hand, .probe: .hand
            case .client(let number): .client(number)
            case .session(let number): .client(firstSessionClient + number)
            case .server(let token, _), .operation(let token): .server(round: token)
            }
        calls.append(
            Recording.Call(
                id: CallID(rawValue: call), caller: caller, member: ids[judged.member],
                isRead: judged.kind != .command, text: text, begin: since(now), end: nil,
                outcome: .waiting, answer: nil))
    }

    func answered(_ call: Int, _ answer: String) {
        guard let firstCall else { return }
        calls.update(call - firstCall) { $0.answer = Self.short(answer) }
    }

    func ended(_ call: Int, _ outcome: CallOutcome, at now: MonotonicTime) {
        guard let firstCall else { return }
        calls.update(call - firstCall) {
            $0.end = self.since(now)
            $0.outcome = outcome
        }
    }

    private static func short(_ text: String) -> String {
        text.count <= 120 ? text : text.prefix(119) + "…"
    }
}
