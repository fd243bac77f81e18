// SPDX-License-Identifier: Apache-2.0

internal import Platform

// How a node's life begins and ends.
extension NodeLane where Machine: ~Copyable {
    /// The directory is locked and its owner known: found a cluster, or take part in the old one again.
    func loaded(_ identity: Identity?) {
        // The node may have been stopped meanwhile.
        guard case .loading = phase else { return }
        do throws(RaftError) {
            try startTransport(identity)
        } catch {
            return fail(error)
        }
        if let identity, identity.isEstablished { return recover(identity) }
        phase = .bootstrapping(
            Bootstrap(
                member: configuration.member, members: configuration.initialMembers,
                versions: Machine.machineVersions, identity: identity,
                interval: configuration.bootstrapInterval, random: random.split("bootstrap"),
                now: moment.monotonic))
        takeMissing()
    }

    private func startTransport(_ identity: Identity?) throws(RaftError) {
        let members = identity?.members ?? configuration.initialMembers
        try transport.start(
            as: introduction(identity), peers: members.filter { $0.id != configuration.member }
        ) { events in
            if self.arrivals.append(contentsOf: events) { self.loop.wake() }
        }
        isTransportStarted = true
    }

    private func introduction(_ identity: Identity?) -> Introduction {
        Introduction(
            cluster: identity?.cluster, member: configuration.member,
            incarnation: identity?.incarnation ?? 0)
    }

    private func recover(_ identity: Identity) {
        phase = .recovering(identity)
        // Who accepted a member that had no cluster yet has not said that theirs is the same.
        foreignMembers = ForeignMembers()
        submit(.recover(recoveryRequest(identity)))
    }

    private func recoveryRequest(_ identity: Identity) -> LogLane.RecoveryRequest {
        LogLane.RecoveryRequest(identity: identity, salt: random.next(), options: logOptions)
    }

    func serve(_ recovered: RecoveredLog, at now: Moment) {
        guard case .recovering(let identity) = phase else { return }
        observe(
            .recovered(lastIndex: recovered.lastIndex, term: recovered.hardState.term))
        observe(.joined(identity.cluster))
        do throws(RaftError) { try applier.begin(in: identity.foundingVersion) } catch {
            return fail(error)
        }
        readerLane = ReaderLane(
            fileSystem: fileSystem, identity: identity, group: configuration.options.group
        ) { done in self.input(.reader(done)) }
        replica = Replica(
            member: configuration.member, cluster: identity.cluster,
            configuration: Configuration(voters: identity.members.map(\.id)),
            options: configuration.options, recovered: recovered,
            versions: Machine.machineVersions, foundingVersion: identity.foundingVersion,
            random: random.split("replica"), at: now)
        phase = .serving
    }

    /// Ends a node that was never ready and cannot become so, as its data is another cluster's.
    ///
    /// While a cluster is being founded other rules hold, see ``Bootstrap``.
    func takeRefusal(_ cause: TransportRefusal.Cause, of peer: MemberID?) {
        guard !isReady, let peer, case .foreignCluster(let other) = cause else { return }
        let cluster: ClusterID
        let voters: [MemberID]
        switch phase {
        case .recovering(let identity):
            cluster = identity.cluster
            voters = identity.members.map(\.id)
        case .serving:
            guard let own = replica?.cluster, let members = replica?.core.configuration.voters
            else { return }
            cluster = own
            voters = members
        case .idle, .loading, .bootstrapping, .draining, .closing, .ended: return
        }
        guard voters.contains(peer) else { return }
        foreignMembers.refused(peer, of: other)
        let verdict = foreignMembers.verdict(
            on: configuration.member, of: cluster, voters: voters, location: fileSystem.location)
        if let verdict { fail(verdict) }
    }

    /// Ends the node: what clients wait for may finish first.
    func stop() {
        switch phase {
        case .idle: isStopAsked = true
        case .ended, .closing: break
        case .loading, .bootstrapping, .recovering: close()
        case .serving:
            phase = .draining(until: moment.monotonic + configuration.options.leaderWait)
        case .draining: break
        }
    }

    func finishDrainIfQuiet(at now: Moment) {
        guard case .draining(let until) = phase else { return }
        if replica?.isQuiet ?? true || now.monotonic >= until { close() }
    }

    /// Ends the node because it cannot go on.
    func fail(_ error: RaftError) {
        switch phase {
        case .closing:
            // What the disk could not finish must not pass for a clean end.
            if outcome == nil { outcome = error }
            return
        case .ended: return
        case .idle, .loading, .bootstrapping, .recovering, .serving, .draining: break
        }
        outcome = error
        close()
    }

    private func close() {
        phase = .closing
        let last = status(at: moment)
        lastStatus.withLock { $0 = last }
        replica?.close()
        carryOut()
        replica = nil
        if isTransportStarted { transport.stop() }
        guard let logLane else { return ended() }
        // What the reader still reports, a spare segment for one, is of no use to anybody now.
        self.logLane = nil
        let loop = loop
        // The directory is given back when no lane of this node can write into it any more.
        let stopLog: @Sendable () -> Void = {
            logLane.stop { failure in
                loop.perform {
                    if let failure { self.fail(failure) }
                    self.ended()
                }
            }
        }
        guard let readerLane else { return stopLog() }
        self.readerLane = nil
        readerLane.stop(onStopped: stopLog)
    }

    func ended() {
        guard case .closing = phase else { return }
        phase = .ended
        loop.remove(self)
        let end = end
        self.end = nil
        hasEnded.withLock { $0 = true }
        refuseRequests()
        end?(outcome)
    }
}

// Founding a cluster.
extension NodeLane where Machine: ~Copyable {
    /// Gives the bootstrap an event.
    func takeBootstrap(_ body: (inout Bootstrap) -> [Bootstrap.Action]) -> [Bootstrap.Action] {
        guard case .bootstrapping(var bootstrap) = phase else { return [] }
        let actions = body(&bootstrap)
        phase = .bootstrapping(bootstrap)
        return actions
    }

    func turnBootstrap(at now: Moment) -> Turn {
        perform(takeBootstrap { $0.deadlinePassed(at: now.monotonic) })
        guard case .bootstrapping(let bootstrap) = phase else { return Turn(again: true) }
        return Turn(deadline: bootstrap.deadline.nanoseconds)
    }

    func receiveBootstrap(_ frame: Frame) throws(DecodingFailure) {
        let (header, message) = try WireMessage.decode(frame.bytes)
        guard header.group == configuration.options.group else { return }
        switch message {
        case .bootstrap(let message):
            perform(takeBootstrap { $0.receive(message, from: frame.peer) })
            takeMissing()
        case .message, .promise, .entries, .forward, .forwardAdmitted, .versionQuestion,
            .versionAnswer:
            perform(takeBootstrap { $0.receivedOther(from: frame.peer) })
        }
    }

    func perform(_ actions: [Bootstrap.Action]) {
        for action in actions {
            switch action {
            case .send(let message, let peer):
                let group = configuration.options.group
                transport.send([message.frame(to: peer, group: group, wall: moment.wall)])
            case .store(let identity): submit(.store(recoveryRequest(identity)))
            case .finished(let identity):
                transport.introduce(as: introduction(identity))
                recover(identity)
            case .fail(let error): fail(error)
            }
        }
    }

    /// Says whom the founding of the cluster waits for, whenever that changes.
    func takeMissing() {
        guard case .bootstrapping(let bootstrap) = phase, bootstrap.missing != lastMissing else {
            return
        }
        lastMissing = bootstrap.missing
        if !lastMissing.isEmpty { observe(.waitingForMembers(lastMissing)) }
    }
}
