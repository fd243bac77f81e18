// SPDX-License-Identifier: Apache-2.0

internal import Raft

// A turn of a member's loop: takes what has arrived, then works, as the loop in production does.
extension World {
    func turn(_ member: SimulatedMember) {
        let moment = member.moment(now)
        let life = member.life
        var inputs: [SimulatedMember.Input] = []
        swap(&inputs, &member.inputs)
        beginServerTurn(member, moment)
        for input in inputs {
            take(input, member, moment)
            guard member.life == life, failure == nil else { return }
        }
        _ = collectRounds(member, moment)
        switch member.phase {
        case .bootstrapping:
            perform(
                takeBootstrap(member) { $0.deadlinePassed(at: moment.monotonic) }, member, moment)
        case .serving: serveTurn(member, moment, hadInputs: !inputs.isEmpty)
        case .down, .loading, .recovering, .ended: break
        }
        guard member.life == life else { return }
        sayReadyIfSo(member)
        flushServer(member, moment)
        if let deadline = deadline(of: member) { setTimer(of: member, to: deadline) }
    }

    private func serveTurn(_ member: SimulatedMember, _ moment: Moment, hadInputs: Bool) {
        member.replica?.endTurn(at: moment)
        let didSomething = carryOut(member, moment)
        // Deliveries, completions and calls count when they come in; a timer if something came of it.
        if !hadInputs, didSomething { events += 1 }
        judgePatience(member, moment)
        judgePending(member)
        applyNext(member)
        markIfIdle(member)
        if let glance = member.replica?.glance() {
            trace.add(
                .turn, member.id, at: now, glance.log.lastIndex.rawValue,
                glance.commitIndex.rawValue, glance.applied.rawValue,
                glance.hardState.term.rawValue << 8 | UInt64(glance.role.rawValue))
        }
        checkRest(member, moment, hadInputs)
    }

    /// When a member wants to be woken, in the world's time.
    func deadline(of member: SimulatedMember) -> MonotonicTime? {
        switch member.phase {
        case .bootstrapping(let bootstrap): return member.worldTime(bootstrap.deadline)
        case .serving:
            guard let own = member.replica?.nextDeadline(at: member.moment(now)) else { return nil }
            var deadline = member.worldTime(own)
            if let since = member.unmarkedSince { deadline = min(deadline, since + Self.markDelay) }
            return deadline
        case .down, .loading, .recovering, .ended: return nil
        }
    }

    private static var markDelay: Interval { .milliseconds(50) }

    /// A loop whose deadline has passed after it has looked at it would spin.
    private func checkRest(_ member: SimulatedMember, _ moment: Moment, _ hadInputs: Bool) {
        guard let deadline = member.replica?.nextDeadline(at: moment),
            deadline <= moment.monotonic, !hadInputs
        else {
            member.idleTurns = 0
            return
        }
        member.idleTurns += 1
        guard member.idleTurns > 3, let core = member.replica?.core else { return }
        fail(
            "a turn leaves no deadline in the past",
            found: "member \(member.id), \(core.role) in term \(core.term), leader "
                + "\(core.leader.map { "\($0)" } ?? "unknown"): its deadline passed "
                + "\((moment.monotonic - deadline).nanoseconds) ns ago, after "
                + "\(member.idleTurns) turns without input",
            expected: "a deadline in the future: the loop would spin")
    }

    private func take(
        _ input: SimulatedMember.Input, _ member: SimulatedMember, _ moment: Moment
    ) {
        switch input {
        case .frame(let frame, let sent):
            times.arrived(after: now - sent)
            receive(frame, member, moment)
        case .connected(let peer, let channel):
            if !member.isReady { member.foreignMembers.accepted(by: peer) }
            member.replica?.connected(peer, channel, at: moment)
            judgeConnection(to: peer, channel, member)
        case .disconnected(let peer): member.replica?.disconnected(peer, at: moment)
        case .refused(let peer, let refusal): takeRefusal(refusal.cause, of: peer, member)
        case .log(let done): take(done, member, moment)
        case .read(let read, let entries):
            member.replica?.logReadDone(read, entries, at: moment)
        case .spareIsReady: submit(.spareIsReady, to: member)
        case .spareFailed: submit(.spareFailed, to: member)
        case .applied: finishApplying(member, moment)
        case .propose(let first, let batch): propose(first, batch, member, moment)
        case .observe(let call, let consistency): observe(call, consistency, member, moment)
        case .withdraw(let call, let number): withdraw(call, number, member, moment)
        case .clientCame(let stream): machines.tell(member.position, .connected(stream))
        case .clientSent(let stream, let bytes):
            machines.tell(member.position, .received(bytes, on: stream))
        case .clientLeft(let stream): machines.tell(member.position, .disconnected(stream))
        }
    }

    private func receive(_ frame: Frame, _ member: SimulatedMember, _ moment: Moment) {
        do throws(DecodingFailure) {
            switch member.phase {
            case .bootstrapping: try receiveBootstrap(frame, member, moment)
            case .serving: try member.replica?.receive(frame, at: moment)
            case .down, .loading, .recovering, .ended: break
            }
        } catch {
            fail(
                "members understand each other",
                found: "\(member.id) cannot decode a frame from \(frame.peer): \(error)",
                expected: "a message")
        }
    }

    // MARK: What comes of it

    /// Hands what the replica wants done to the lanes, the network and the clients; the judges see it first.
    /// - Returns: Whether there was anything.
    private func carryOut(_ member: SimulatedMember, _ moment: Moment) -> Bool {
        guard let output = member.replica?.takeOutput() else { return false }
        judge(output, member, moment)
        let knowsTime = !output.frames.isEmpty && member.replica?.knowsClusterTime ?? false
        for frame in output.frames {
            logs.spoke(frame, by: member.position, knowsTime: knowsTime)
            send(frame, from: member)
        }
        for job in output.logJobs {
            submit(.perform(job), to: member)
            member.unmarkedSince = now
        }
        for read in output.logReads { submit(.read(read), to: member) }
        answer(output, member)
        if let failure = output.failure { fail(member, failure) }
        return !output.frames.isEmpty || !output.logJobs.isEmpty || !output.rejected.isEmpty
            || !output.unknown.isEmpty || !output.unreadable.isEmpty
            || !output.roleChanges.isEmpty
    }

    private func judge(_ output: ReplicaOutput, _ member: SimulatedMember, _ moment: Moment) {
        guard let glance = member.replica?.glance() else { return }
        let (hardState, role) = (glance.hardState, glance.role)
        let leads = role == .leader && member.ledTerm == hardState.term
        if logs.sees(glance, of: member.position, leads: leads) {
            mark(.truncated)
            recorder?.note(.truncation, member.id, "discards conflicting entries", at: now)
        }
        for job in output.logJobs { logs.submitted(job, by: member.position) }
        // It may have led, committed and stepped down in one turn.
        var terms = member.ledTerm.map { [$0] } ?? []
        for state in output.roleChanges {
            trace.add(
                .role, member.id, at: now, UInt64(state.role.rawValue), state.term.rawValue,
                UInt64(state.leader?.rawValue ?? 0))
            guard state.role == .leader else { continue }
            mark(.elected)
            recorder?.note(.election, member.id, "leads term \(state.term)", at: now)
            terms.append(state.term)
            logs.elected(member.position, in: state.term)
            judgeBeginning(of: member, in: state.term, moment)
            probeOthers(than: member)
            logs.checkMandate(of: member.position, in: state.term)
        }
        for progress in glance.progress {
            logs.checkMatch(
                progress.match, of: progress.member, leader: member.position, in: hardState.term)
        }
        if role == .leader, let clock = member.replica?.glanceAtClock(at: moment) {
            times.shows(clock, of: member.id, in: hardState.term, at: now)
        }
        judgeClocks(output, glance)
        judgeRise(glance.versionRise, by: member)
        member.ledTerm = role == .leader ? hardState.term : nil
        let entries = logs.commits(member.position, through: glance.commitIndex, leading: terms)
        for entry in entries {
            if entry.kind == .tick { mark(.ticked) }
            versionJudge.committed(entry)
            do throws(RaftError) {
                let reference = try machines.commit(entry)
                calls.committed(entry, outputs: reference.outputs)
                judgeSessions(entry, reference)
                logs.gives(reference.stateHash, at: entry.index)
            } catch {
                fail("what is committed can be applied", found: "\(error)", expected: "an output")
            }
        }
        if !output.logJobs.isEmpty {
            logs.checkCommitsWritten(by: member.position, jobs: output.logJobs.count)
        }
    }

    // MARK: Applying

    private func applyNext(_ member: SimulatedMember) {
        guard member.applying.isEmpty,
            let (entries, reads) = member.replica?.takeNext(
                maximumBytes: profile.member.applySliceBytes)
        else { return }
        for read in reads { submit(.read(read), to: member) }
        guard !entries.isEmpty else { return }
        member.applying = entries
        let time = now + pace.apply.draw(&member.random)
        heap.push(.applied(member: member.position, life: member.life), at: time)
    }

    private func finishApplying(_ member: SimulatedMember, _ moment: Moment) {
        guard let stream = member.replica?.stream else { return }
        events += 1
        var entries: [LogEntry] = []
        swap(&entries, &member.applying)
        var stateHash: UInt64 = 0
        for entry in entries {
            do throws(RaftError) {
                let result = try machines.apply(entry, on: member.position, awaiting: stream)
                stateHash = result.stateHash
                logs.applied(entry, stateHash: stateHash, by: member.position)
                let said = member.replica?.applied(
                    entry, own: result.own.last, deadline: result.deadline, at: moment)
                judgeVersion(of: member, after: entry, in: result.version, says: said)
                acknowledge(result.own, entry, member)
            } catch {
                return fail(member, error)
            }
        }
        trace.add(
            .applied, member.id, at: now, entries.last?.index.rawValue ?? 0, stateHash)
    }

    /// Has the log's end marked once it has been idle for a while.
    private func markIfIdle(_ member: SimulatedMember) {
        guard let since = member.unmarkedSince, now >= since + Self.markDelay else { return }
        member.unmarkedSince = nil
        submit(.mark, to: member)
    }
}
