// SPDX-License-Identifier: Apache-2.0

internal import Platform

// A turn of a serving member: inputs have been taken; now work, and carry out what comes of it.
extension NodeLane where Machine: ~Copyable {
    func turnReplica(at now: Moment) -> Turn {
        replica?.endTurn(at: now)
        carryOut()
        // What was applied may have resolved commands and freed the way for others; what could not be
        // applied may have to be read back first.
        if applySlice(at: now) { replica?.endTurn(at: now) }
        carryOut()
        sayReadyIfSo()
        finishDrainIfQuiet(at: now)
        guard var deadline = replica?.deadline(at: now) else { return Turn() }
        if let due = markIfIdle(at: now) { deadline = min(deadline, due) }
        if case .draining(let until) = phase { deadline = min(deadline, until) }
        return Turn(deadline: deadline.nanoseconds, again: replica?.hasCommitted ?? false)
    }

    /// Hands what the replica wants done to the lanes and to whoever waits.
    func carryOut() {
        guard let output = replica?.takeOutput() else { return }
        if !output.frames.isEmpty { transport.send(output.frames) }
        for job in output.logJobs {
            submit(.perform(job))
            unmarkedSince = moment.monotonic
        }
        for read in output.logReads where readerLane?.submit(.read(read)) != true {
            fail(RaftError(.inputOutput, "too many reads of old entries wait"))
        }
        for (sequences, reason) in output.rejected { pending.fail(sequences, .rejected(reason)) }
        for sequences in output.unknown { pending.fail(sequences, .outcomeUnknown) }
        for state in output.roleChanges { observe(.roleChanged(state)) }
        for event in output.clockEvents { observe(.clock(event)) }
        answerReads(output)
        if let failure = output.failure { fail(failure) }
    }

    private func answerReads(_ output: ReplicaOutput) {
        let context = ReadContext(appliedIndex: applier.index, now: applier.now)
        for token in output.readable {
            readers.removeValue(forKey: token)?.body(applier.machine, context)
        }
        for (token, reason) in output.unreadable {
            readers.removeValue(forKey: token)?.failure(reason)
        }
    }

    /// Applies committed entries, as many as one turn should.
    private func applySlice(at now: Moment) -> Bool {
        guard
            let entries = replica?.takeCommitted(
                maximumBytes: configuration.applySliceBytes),
            let stream = replica?.stream, !entries.isEmpty
        else { return false }
        for entry in entries {
            do throws(RaftError) {
                let result = try applier.apply(entry, awaiting: stream)
                replica?.applied(
                    entry, own: result.outputs.last?.sequence, deadline: result.deadline,
                    at: now)
                if entry.kind == .machineVersion {
                    observe(.machineVersionRose(applier.version, at: entry.index))
                }
                if !result.outputs.isEmpty { pending.finish(result.outputs, at: entry.index) }
            } catch {
                fail(error)
                return false
            }
        }
        return true
    }

    /// Has the log's end marked once it has been idle for a while.
    private func markIfIdle(at now: Moment) -> MonotonicTime? {
        guard let since = unmarkedSince else { return nil }
        let due = since + configuration.markDelay
        guard now.monotonic >= due else { return due }
        unmarkedSince = nil
        submit(.mark)
        return nil
    }

    /// A member is ready when it knows a leader and has applied all that was committed when it learned so.
    private func sayReadyIfSo() {
        guard !isReady, let core = replica?.core, core.leader != nil,
            core.log.term(at: applier.index) == core.term
        else { return }
        isReady = true
        observe(.ready)
    }
}
