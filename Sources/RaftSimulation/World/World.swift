// SPDX-License-Identifier: Apache-2.0

internal import Raft

/// The simulated world: virtual time, the members and their machines, the network, and the judges.
///
/// One thread, one heap of dated events, one seed split by label: the same seed gives the same run.
/// Not generic; the state machines stand behind ``MachineHost``.
final class World {
    let profile: SimulationProfile
    /// How fast the members' machines are at the moment.
    var pace: MemberProfile
    let machines: any MachineHost
    /// The versions that the newest program can run; the oldest one runs the first alone.
    let programs: ClosedRange<MachineVersion>
    let start = MonotonicTime(nanoseconds: 10_000_000_000)
    let ids: [MemberID]
    let peers: [Peer]
    let members: [SimulatedMember]

    var now: MonotonicTime
    var heap = EventHeap<WorldEvent>()
    let network: SimulatedNetwork
    var logs: LogJudge
    var calls: CallJudge
    var times: TimeJudge
    var versionJudge: VersionJudge
    var trace: Trace
    let docket: Docket
    var marks = Array(repeating: 0, count: SimulationMark.allCases.count)
    var events = 0
    var faultCount = 0

    var schedule: [DatedFault] = []
    /// Cuts of an earlier round are healed already.
    var healRound = 0
    var flaps: [Flap] = []
    /// What waits for a leader that reads.
    var plannedFall: PlannedFall?
    var clients: [SimulatedClient] = []
    var sessionClients: [SessionClient]
    var sessionJudge: SessionJudge
    var tokenJudge: TokenJudge
    /// Which command it is that a call by way of a token carries out; looked up by call.
    var namedCalls: [Int: Int] = [:]
    /// By index: the streams whose commands with stamps or tokens were carried out there.
    var firstStreams: [LogIndex: StreamID] = [:]
    var streams: ClientStreams
    var acknowledgedByUsers = 0
    var nemesis: SplitMix64
    let patience: SplitMix64
    /// Whether the faults are over: no more of them, and no more calls of clients.
    var isSettling = false
    /// Whether clients make calls.
    var areClientsAtWork = false
    /// Whether the cluster has been founded: every member knows itself to be of it.
    var isFounded = false
    /// Whether a member may end by its own decision without that being a failure.
    var toleratesRefusals = false
    /// Looks on, if a picture is wanted.
    var recorder: SimulationRecorder?

    init(
        seed: UInt64, profile: SimulationProfile, machines: any MachineHost, docket: Docket,
        omittedCalls: [ClientCall]
    ) {
        precondition(1...9 ~= profile.members, "a cluster of \(profile.members) members")
        let random = SplitMix64(seed: seed)
        let ids = profile.ids
        self.profile = profile
        pace = profile.member
        self.machines = machines
        self.docket = docket
        programs = Self.newestProgram(of: machines.machineVersions, profile.versions)
        self.ids = ids
        peers = ids.map { Peer(id: $0, address: "member-\($0)") }
        now = start
        network = SimulatedNetwork(
            members: ids, profile: profile.network, random: random.split("network"),
            docket: docket)
        logs = LogJudge(members: ids, docket: docket)
        calls = CallJudge(members: ids.count, docket: docket)
        times = TimeJudge(docket: docket)
        versionJudge = VersionJudge(docket: docket)
        trace = Trace(lines: profile.traceLines)
        sessionClients = (0..<profile.sessions.count).map {
            SessionClient(
                profile.sessions, number: $0, random: random.split("session", UInt64($0)))
        }
        sessionJudge = SessionJudge(
            limit: profile.sessions.limit, grace: SessionLimits().grace, docket: docket)
        tokenJudge = TokenJudge(docket: docket)
        nemesis = random.split("nemesis")
        patience = random.split("patience")
        var clocks = random.split("clocks")
        members = ids.enumerated().map { position, id in
            SimulatedMember(
                position: position, id: id,
                random: random.split("member", UInt64(id.rawValue)))
        }
        for member in members {
            let width = 2 * profile.member.clockOffset + 1
            member.clock.wallOffset =
                Int64(clocks.next(below: width)) - Int64(profile.member.clockOffset)
            member.clock.bootOffset = clocks.next(below: 1_000_000_000_000)
            let drifts = 2 * profile.member.clockDrift + 1
            member.clock.setDrift(
                Int64(clocks.next(below: drifts)) - Int64(profile.member.clockDrift), at: now)
        }
        streams = ClientStreams(
            delay: profile.clients.delay, random: random.split("client streams"))
        clients = (0..<profile.clients.count).map { client in
            let stream = random.split("client", UInt64(client))
            let omitted = omittedCalls.filter { $0.client == client }.map(\.number).sorted()
            return SimulatedClient(
                member: client % ids.count, random: stream,
                tickets: CallTickets(
                    random: stream, limit: profile.clients.callLimit, omitted: omitted))
        }
        times.crystals(drift: drifts, at: now)
        installPrograms(random.split("programs"))
    }

    /// Notes a property that did not hold; the first counts.
    func fail(_ property: String, found: String, expected: String) {
        docket.note(property, found: found, expected: expected)
    }

    /// The first property that did not hold.
    var failure: SimulationFailure? { docket.failure }

    func mark(_ mark: SimulationMark) { marks[mark.rawValue] += 1 }

    // MARK: The loop

    /// Lets happen what happens next, unless that is after `end` or something has failed.
    /// - Returns: Whether something happened.
    func step(before end: MonotonicTime) -> Bool {
        guard failure == nil, let (time, event) = heap.pop(before: end) else { return false }
        precondition(time >= now, "an event at \(time) after \(now)")
        look()
        now = time
        happen(event)
        if events > profile.eventLimit {
            fail(
                "a run ends", found: "\(events) events after \((now - start).nanoseconds) ns",
                expected: "at most \(profile.eventLimit)")
        }
        return true
    }

    /// Lets a span of virtual time pass.
    func run(for time: Interval) {
        let end = now + time
        while step(before: end) {}
        if failure == nil { now = max(now, end) }
    }

    private func happen(_ event: WorldEvent) {
        switch event {
        case .network(let event): happen(event)
        case .turn(let member, let life):
            if let member = alive(member, life), member.turnTime == now { turnPlanned(member) }
        case .timer(let member, let life):
            if let member = alive(member, life), member.timerTime == now { timerPassed(member) }
        case .logDone(let member, let life):
            if let member = alive(member, life) { logLaneDone(member) }
        case .readerDone(let member, let life):
            if let member = alive(member, life) { readerLaneDone(member) }
        case .applied(let member, let life):
            if let member = alive(member, life) { input(.applied, to: member) }
        case .connect(let from, let to, let life):
            if let member = alive(from, life) { connectUnordered(member, to: to) }
        case .disconnected(let member, let from, let life):
            guard let member = alive(member, life) else { return }
            trace.add(.disconnected, member.id, at: now, UInt64(ids[from].rawValue))
            input(.disconnected(ids[from]), to: member)
        case .restart(let member, let life):
            if members[member].life == life, members[member].breakage == nil {
                start(members[member])
            }
        case .fault(let index): strike(index)
        case .heal(let impairment, let round): if round == healRound { heal(impairment) }
        case .flap(let index, let round): if round == healRound { flap(index) }
        case .trouble(let member): troubleMayEnd(members[member])
        case .probe(let member, let life):
            if let member = alive(member, life) { probe(member) }
        case .client(let client): callNext(client)
        case .session(let client): continueSession(client)
        case .giveUp(let call, let number, let member, let life):
            if let member = alive(member, life) { input(.withdraw(call, number), to: member) }
        case .parcel(let slot): arrive(slot)
        case .alarm(let user, let number): alarm(user, number)
        }
    }

    private func alive(_ position: Int, _ life: Int) -> SimulatedMember? {
        let member = members[position]
        return member.life == life && member.isUp ? member : nil
    }

    // MARK: Turns

    /// Hands something to a member; a turn will find it.
    func input(_ input: SimulatedMember.Input, to member: SimulatedMember) {
        member.inputs.append(input)
        plan(member, after: pace.turn.draw(&member.random))
    }

    /// Plans a turn, unless an earlier one is planned.
    func plan(_ member: SimulatedMember, after delay: Interval) {
        let time = max(now + delay, member.pausedUntil)
        if let planned = member.turnTime, planned <= time { return }
        member.turnTime = time
        heap.push(.turn(member: member.position, life: member.life), at: time)
    }

    private func turnPlanned(_ member: SimulatedMember) {
        member.turnTime = nil
        guard now >= member.pausedUntil else {
            return plan(member, after: Interval(nanoseconds: 0))
        }
        turn(member)
        network.flush(member.position, at: now, into: &heap)
    }

    private func timerPassed(_ member: SimulatedMember) {
        member.timerTime = nil
        guard let deadline = deadline(of: member) else { return }
        if deadline > now { return setTimer(of: member, to: deadline) }
        plan(member, after: pace.turn.draw(&member.random))
    }

    /// Has a member looked at when a deadline comes.
    func setTimer(of member: SimulatedMember, to time: MonotonicTime) {
        if let planned = member.timerTime, planned <= time { return }
        let time = max(time, now)
        member.timerTime = time
        heap.push(.timer(member: member.position, life: member.life), at: time)
    }
}
