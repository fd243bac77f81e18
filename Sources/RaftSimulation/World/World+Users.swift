// SPDX-License-Identifier: Apache-2.0

internal import Raft

// Users, their connections, and the servers at the other end.
extension World {
    // MARK: Users

    /// Tells a user something and carries out what it does about it.
    func tellUser(_ user: Int, _ event: UserEvent) {
        var tickets = clients[user].tickets
        if isSettling { tickets.close() }
        var turn = UserTurn(now: now, members: members.count, tickets: tickets)
        machines.take(event, by: user, &turn)
        events += turn.tickets.made - tickets.made
        clients[user].take(turn)
        acknowledgedByUsers += turn.acknowledged
        for action in turn.actions {
            switch action {
            case .connect(let member):
                disconnect(user)
                let stream = streams.open(user, to: member, life: members[member].life)
                clients[user].connection = stream
                streams.send(.connect, on: stream, at: now, into: &heap)
            case .send(let bytes):
                guard let stream = clients[user].connection else { continue }
                streams.send(.toServer(bytes), on: stream, at: now, into: &heap)
            case .disconnect: disconnect(user)
            case .wake(let time): wake(user, after: time)
            case .rest:
                wake(user, after: profile.clients.pause.draw(&clients[user].random))
            }
        }
    }

    private func wake(_ user: Int, after time: Interval) {
        clients[user].alarm += 1
        heap.push(.alarm(user: user, number: clients[user].alarm), at: now + time)
    }

    private func disconnect(_ user: Int) {
        guard let stream = clients[user].connection else { return }
        clients[user].connection = nil
        streams.closeAtUser(stream)
        streams.send(.endToServer, on: stream, at: now, into: &heap)
    }

    func alarm(_ user: Int, _ number: Int) {
        guard clients[user].alarm == number else { return }
        tellUser(user, .woken)
    }

    /// How many calls of users have not ended.
    var openUserCalls: Int { machines.hasFront ? clients.reduce(0) { $0 + $1.open } : 0 }

    // MARK: Connections

    func arrive(_ slot: Int) {
        guard let (stream, parcel) = streams.arrive(slot) else { return }
        let ends = streams.streams[stream]
        let member = members[ends.member]
        switch parcel {
        case .connect: connect(stream, ends, to: member)
        case .toServer(let bytes):
            guard ends.isOpenAtServer else { return }
            events += 1
            input(.clientSent(stream, bytes), to: member)
        case .endToServer:
            guard ends.isOpenAtServer else { return }
            events += 1
            streams.closeAtServer(stream)
            input(.clientLeft(stream), to: member)
        case .accepted:
            guard ends.isOpenAtUser else { return }
            events += 1
            tellUser(ends.user, .connected)
        case .toUser(let bytes):
            guard ends.isOpenAtUser else { return }
            events += 1
            tellUser(ends.user, .received(bytes))
        case .refused, .endToUser:
            guard ends.isOpenAtUser else { return }
            events += 1
            streams.closeAtUser(stream)
            clients[ends.user].connection = nil
            if case .refused = parcel {
                tellUser(ends.user, .refused)
            } else {
                tellUser(ends.user, .disconnected)
            }
        }
    }

    private func connect(
        _ stream: Int, _ ends: ClientStreams.Stream, to member: SimulatedMember
    ) {
        guard ends.isOpenAtUser else { return }
        guard member.life == ends.life, member.isUp else {
            return streams.send(.refused, on: stream, at: now, into: &heap)
        }
        events += 1
        streams.acceptAtServer(stream)
        input(.clientCame(stream), to: member)
        streams.send(.accepted, on: stream, at: now, into: &heap)
    }

    /// Breaks all connections of users to a member whose process has ended.
    func breakClientStreams(of member: SimulatedMember) {
        for stream in streams.open(at: member.position) {
            streams.closeAtServer(stream)
            guard streams.streams[stream].isOpenAtUser else { continue }
            let user = streams.streams[stream].user
            if streams.losesTail(), clients[user].connection == stream {
                // What was on its way is lost, and the user learns at once.
                streams.closeAtUser(stream)
                clients[user].connection = nil
                tellUser(user, .disconnected)
            } else {
                streams.send(.endToUser, on: stream, at: now, into: &heap)
            }
        }
    }

    // MARK: Servers

    /// Has a member's server begin a turn.
    func beginServerTurn(_ member: SimulatedMember, _ moment: Moment) {
        guard machines.hasFront else { return }
        let time = member.replica?.glanceAtClock(at: moment) ?? .zero
        machines.tell(member.position, .turn(moment.monotonic, time))
    }

    /// Hands the member what its server has gathered.
    /// - Returns: Whether there was anything.
    func collectRounds(_ member: SimulatedMember, _ moment: Moment) -> Bool {
        guard machines.hasFront else { return false }
        var isAny = false
        while let round = machines.takeRound(of: member.position) {
            isAny = true
            take(round, of: member, moment)
        }
        return isAny
    }

    // Not inlined: what it touches would be got ready before it is known that there is a round.
    @inline(never)
    private func take(_ round: ServerRound, of member: SimulatedMember, _ moment: Moment) {
        switch round {
        case .operate(let token, let operation):
            mark(.operationOfServer)
            let batch = ProposalBatch(operation)
            let bytes = Array(batch.commands[0])
            let call = calls.make(
                .command, on: member.position, for: .operation(token: token),
                digest: CRC32C.checksum(bytes, in: 0..<bytes.count),
                floor: logs.lastCommitted)
            noteCalls(from: call)
            trace.add(.proposed, member.id, at: now, UInt64(call), 1)
            propose(call, batch, member, moment)
        case .propose(let token, let batch, let digests):
            let first = calls.calls.count
            for (ordinal, digest) in digests.enumerated() {
                _ = calls.make(
                    .command, on: member.position,
                    for: .server(token: token, ordinal: ordinal), digest: digest,
                    floor: logs.lastCommitted)
            }
            noteCalls(from: first)
            trace.add(.proposed, member.id, at: now, UInt64(first), UInt64(digests.count))
            propose(first, batch, member, moment)
        case .read(let token, let consistency):
            let call = makeRead(
                consistency, on: member, for: .server(token: token, ordinal: 0))
            observe(call, consistency, member, moment)
        }
    }

    /// Sends what a member's server has for its clients.
    func flushServer(_ member: SimulatedMember, _ moment: Moment) {
        guard machines.hasFront else { return }
        for output in machines.flush(member.position) {
            switch output {
            case .send(let stream, let bytes):
                guard streams.streams[stream].isOpenAtServer else { continue }
                streams.send(.toUser(bytes), on: stream, at: now, into: &heap)
            case .close(let stream):
                guard streams.streams[stream].isOpenAtServer else { continue }
                streams.closeAtServer(stream)
                streams.send(.endToUser, on: stream, at: now, into: &heap)
            }
        }
        // Commands that waited for a reply to leave: the member takes them in the next turn.
        if collectRounds(member, moment) {
            plan(member, after: pace.turn.draw(&member.random))
        }
    }

    /// A member is ready, and its server may serve, once it knows a leader and has caught up with it.
    func sayReadyIfSo(_ member: SimulatedMember) {
        guard !member.isReady, let glance = member.replica?.glance(), glance.leader != nil,
            glance.log.term(at: machines.applied(member.position).index) == glance.hardState.term
        else { return }
        member.isReady = true
        if machines.hasFront { machines.tell(member.position, .ready) }
    }
}
