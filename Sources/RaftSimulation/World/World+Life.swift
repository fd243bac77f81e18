// SPDX-License-Identifier: Apache-2.0

internal import Raft

// How a member's life begins and ends.
extension World {
    /// Starts a member's process on what its disk holds.
    func start(_ member: SimulatedMember) {
        guard !member.isUp else { return }
        member.forget()
        machines.reset(
            member.position, running: versions(of: member), at: member.moment(now).monotonic)
        member.beginLife()
        member.logWriter = LogWriter(fileSystem: member.disk, member: member.id)
        member.phase = .loading
        trace.add(.start, member.id, at: now, UInt64(member.life))
        recorder?.starts(member, at: now)
        submit(.load, to: member)
    }

    /// Ends a member's process, in the middle of whatever its lanes are at.
    func crash(_ member: SimulatedMember, _ kind: CrashKind) {
        guard member.isUp else { return }
        recorder?.goesDown(member, "\(kind)", at: now)
        noteCrash(member)
        abandonWork(of: member)
        switch kind {
        case .kill:
            member.disk.kill()
            // Whether the pages are still there when it is started again is anybody's guess.
            if member.random.next(below: 2) == 0 { member.disk.dropCaches() }
        case .powerCut(let policy):
            member.disk.crash(policy, random: &member.random)
            if member.disk.incidents.filesCutShort > 0 { mark(.unsyncedLost) }
            // Another boot, another boot clock.
            member.clock.bootOffset = member.random.next(below: 1_000_000_000_000)
        }
        switch kind {
        case .kill:
            end(member, .down)
            trace.add(.down, member.id, at: now, 0)
        case .powerCut:
            end(member, .down, silently: true)
            trace.add(.down, member.id, at: now, 1)
        }
    }

    private func noteCrash(_ member: SimulatedMember) {
        switch member.phase {
        case .loading, .down, .ended: break
        case .bootstrapping: mark(.crashedWhileFounding)
        case .recovering: mark(.crashedWhileRecovering)
        case .serving: if !member.logTaken.isEmpty { mark(.crashedWhileWriting) }
        }
    }

    /// The lanes get some way through what they are at, and no further.
    private func abandonWork(of member: SimulatedMember) {
        guard !member.logTaken.isEmpty || !member.readerJobs.isEmpty else { return }
        let operations = Int(member.random.next(below: 10))
        member.disk.stop(after: member.disk.operationCount + operations)
        if case .prepareSegment? = member.readerJobs.first, member.random.next(below: 2) == 0 {
            try? WriteAheadLog.prepareSegment(in: member.disk, options: logOptions)
        }
        _ = performLogJobs(of: member)
    }

    /// A member cannot or will not go on.
    func fail(_ member: SimulatedMember, _ error: RaftError) {
        let verdict = verdict(on: error, of: member)
        trace.add(.down, member.id, at: now, 2)
        recorder?.goesDown(member, "ends: \(error.message)", at: now)
        member.disk.kill()
        switch verdict {
        case .startAgain(let downFor):
            end(member, .down)
            planRestart(member, after: downFor)
        case .lost:
            end(member, .ended(error))
            logs.lost(member.position)
        case .unexcused:
            end(member, .ended(error))
            logs.lost(member.position)
            guard !toleratesRefusals else { return }
            fail(
                "a member goes on as long as its disk does",
                found: "\(member.id) ends: \(error.code), \(error.message)", expected: "it goes on")
        }
    }

    func end(
        _ member: SimulatedMember, _ phase: SimulatedMember.Phase, silently: Bool = false
    ) {
        for call in calls.open(of: member.position) {
            // Its client sees the connection break.
            let isCommand = calls.calls[call].kind == .command
            finish(call, isCommand ? .unknown : .unavailable)
        }
        member.forget()
        member.endLife(at: now)
        member.phase = phase
        breakClientStreams(of: member)
        stopTransport(of: member, silently: silently)
    }

    /// A member that is down loses all that is on its disk.
    func wipe(_ member: SimulatedMember) {
        precondition(!member.isUp, "wiping the disk under member \(member.id) while it runs")
        member.disk = SimulatedDisk()
        member.hasJoined = false
        member.trouble.loss = .wiped(wasFounded: isFounded)
        logs.wiped(member.position)
    }

    // MARK: From the log lane

    func take(_ done: LogWriter.Done, _ member: SimulatedMember, _ moment: Moment) {
        switch done {
        case .loaded(let identity): loaded(identity, member, moment)
        case .stored: perform(takeBootstrap(member) { $0.stored() }, member, moment)
        case .recovered(let recovered): serve(recovered, member, moment)
        case .performed(let done):
            member.replica?.logJobsDone(done, at: moment)
        case .needsSpare: submit(.prepareSegment, to: member)
        case .failed(let error): fail(member, error)
        }
    }

    private func loaded(
        _ identity: Identity?, _ member: SimulatedMember, _ moment: Moment
    ) {
        trace.add(
            .loaded, member.id, at: now, identity.map { $0.isEstablished ? 2 : 1 } ?? 0)
        startTransport(of: member, as: identity)
        if let identity, identity.isEstablished {
            return recover(member, as: identity)
        }
        member.phase = .bootstrapping(
            Bootstrap(
                member: member.id, members: peers, versions: versions(of: member),
                identity: identity,
                interval: .milliseconds(50), random: member.random.split("bootstrap"),
                now: moment.monotonic))
        _ = member.random.next()
    }

    private func recover(_ member: SimulatedMember, as identity: Identity) {
        member.phase = .recovering(identity)
        noteFounded(member)
        member.foreignMembers = ForeignMembers()
        submit(.recover(request(identity)), to: member)
    }

    private func request(_ identity: Identity) -> LogWriter.RecoveryRequest {
        LogWriter.RecoveryRequest(identity: identity, salt: 0, options: logOptions)
    }

    private func serve(
        _ recovered: RecoveredLog, _ member: SimulatedMember, _ moment: Moment
    ) {
        guard case .recovering(let identity) = member.phase else { return }
        requireWhole(member)
        member.identity = identity
        judgeFounding(of: member, in: identity.foundingVersion)
        do throws(RaftError) {
            try machines.begin(member.position, in: identity.foundingVersion)
        } catch {
            return fail(member, error)
        }
        member.replica = Replica(
            member: member.id, cluster: identity.cluster,
            configuration: Configuration(voters: identity.members.map(\.id)),
            options: profile.options, recovered: recovered,
            versions: versions(of: member), foundingVersion: identity.foundingVersion,
            random: member.random.split("replica"), at: moment)
        _ = member.random.next()
        member.phase = .serving
        probe(newLife: member)
    }

    // MARK: Founding

    func takeBootstrap(
        _ member: SimulatedMember, _ body: (inout Bootstrap) -> [Bootstrap.Action]
    ) -> [Bootstrap.Action] {
        guard case .bootstrapping(var bootstrap) = member.phase else { return [] }
        let actions = body(&bootstrap)
        member.phase = .bootstrapping(bootstrap)
        return actions
    }

    func perform(
        _ actions: [Bootstrap.Action], _ member: SimulatedMember, _ moment: Moment
    ) {
        for action in actions {
            switch action {
            case .send(let message, let peer):
                let group = profile.options.group
                send(message.frame(to: peer, group: group, wall: moment.wall), from: member)
            case .store(let identity): submit(.store(request(identity)), to: member)
            case .finished(let identity):
                trace.add(.founded, member.id, at: now)
                introduce(member, as: identity)
                recover(member, as: identity)
            case .fail(let error): return fail(member, error)
            }
        }
    }

    func receiveBootstrap(
        _ frame: Frame, _ member: SimulatedMember, _ moment: Moment
    ) throws(DecodingFailure) {
        let (_, message) = try WireMessage.decode(frame.bytes)
        switch message {
        case .bootstrap(let message):
            perform(takeBootstrap(member) { $0.receive(message, from: frame.peer) }, member, moment)
        case .message, .promise, .entries, .forward, .forwardAdmitted, .versionQuestion,
            .versionAnswer:
            perform(takeBootstrap(member) { $0.receivedOther(from: frame.peer) }, member, moment)
        }
    }
}
