// SPDX-License-Identifier: Apache-2.0

internal import Raft

// Clients with sessions, and what the judge makes of their commands.
extension World {
    /// Clients with sessions are numbered after the others.
    private func number(_ client: Int) -> Int { clients.count + client }

    func startSessions() {
        guard machines.hasSessions else { return }
        for client in sessionClients.indices { planSession(client) }
    }

    private func planSession(_ client: Int, after idle: Interval = Interval(nanoseconds: 0)) {
        let pause = profile.sessions.pause.draw(&sessionClients[client].random)
        heap.push(.session(client), at: now + idle + pause)
    }

    func continueSession(_ client: Int) {
        guard !isSettling else { return }
        events += 1
        let place = sessionClients[client].random.next(below: UInt64(members.count))
        let member = members[Int(place)]
        guard member.isServing else { return planSession(client) }
        switch sessionClients[client].next() {
        case .operate(let operation):
            sessionClients[client].operation = operate(
                operation, on: member, for: .session(client))
        case .propose(let stamp): propose(stamp, client, on: member)
        case .name(let token, let which): propose(token, which, client, on: member)
        case .idle(let time):
            mark(.sessionIdle)
            return planSession(client, after: time)
        case .nothing: break
        }
        planSession(client)
    }

    private func propose(_ stamp: SessionStamp, _ client: Int, on member: SimulatedMember) {
        let (batch, digests) = machines.sessionBatch(number(client), stamp)
        // Known before it is made: it may end at once.
        sessionClients[client].proposed(stamp, as: calls.calls.count)
        _ = propose(batch, digests, on: member) { _ in .session(client) }
    }

    /// Commands for tokens are numbered after those of all clients, two for each client with a session.
    private func propose(
        _ token: CommandToken, _ which: Int, _ client: Int, on member: SimulatedMember
    ) {
        let command = number(sessionClients.count + 2 * client + which)
        let (batch, digests) = machines.tokenBatch(command, token)
        namedCalls[calls.calls.count] = command
        _ = propose(batch, digests, on: member) { _ in .session(client) }
    }

    /// Makes a call that is an operation on sessions.
    func operate(
        _ operation: SessionOperation, on member: SimulatedMember, for origin: CallJudge.Origin
    ) -> Int {
        let batch = ProposalBatch(operation)
        let digest = batch.commands.map { CRC32C.checksum(Array($0), in: 0..<$0.count) }
        return propose(batch, digest, on: member) { _ in origin }.lowerBound
    }

    /// Tells a client with a session what it got.
    func tellSession(_ client: Int, _ call: Int, _ outcome: RecordOutcome?, digest: UInt32) {
        guard
            let wrong = sessionClients[client].ended(call, outcome, digest: digest)
        else { return }
        fail("every reply to a repeat equals the first", found: wrong, expected: "the same")
    }

    /// An entry was committed: its commands of sessions are judged.
    func judgeSessions(_ entry: LogEntry, _ reference: ReferenceEntry) {
        sessionJudge.begin(entry)
        guard entry.kind == .commands, reference.hasSessions,
            let records = try? CommandRecord.all(in: entry)
        else { return }
        for (ordinal, record) in records.enumerated() {
            let outcome = reference.outcomes[ordinal]
            if let operation = record.operation {
                sessionJudge.committed(operation, outcome)
            } else if let (token, command) = record.named {
                judge(token, command, record, outcome, reference.outputs[ordinal], entry)
            } else if let stamp = record.stamp {
                note(outcome)
                noteStream(of: record, outcome, entry)
                sessionJudge.committed(
                    SessionJudge.Record(
                        stamp: stamp, client: client(of: record), outcome: outcome,
                        digest: reference.outputs[ordinal])
                ) { machines.sessionDigest(number($0), times: $1) }
            }
        }
    }

    private func judge(
        _ token: CommandToken, _ command: ByteReader, _ record: CommandRecord,
        _ outcome: RecordOutcome, _ digest: UInt32, _ entry: LogEntry
    ) {
        note(token, outcome)
        noteStream(of: record, outcome, entry)
        var reader = command
        let bytes = (try? reader.read(count: reader.remaining)) ?? []
        let number = calls.call(record.sequence, in: record.stream).flatMap { namedCalls[$0] }
        tokenJudge.committed(
            TokenJudge.Record(
                token: token, command: CRC32C.checksum(bytes, in: 0..<bytes.count),
                outcome: outcome, digest: digest),
            number: number, in: entry
        ) { machines.sessionDigest($0, times: $1) }
    }

    private func note(_ token: CommandToken, _ outcome: RecordOutcome) {
        switch outcome {
        case .executed: mark(tokenJudge.isKnown(token) ? .tokenForgotten : .tokenCommand)
        case .repeated: mark(.tokenRepeatAnswered)
        case .refused(.rejected(.tokenMismatch)): mark(.tokenMismatchRefused)
        case .refused, .session: break
        }
    }

    /// Notes by which member's life a command came first, and whether that has ended when it comes again.
    private func noteStream(
        of record: CommandRecord, _ outcome: RecordOutcome, _ entry: LogEntry
    ) {
        switch outcome {
        case .executed: firstStreams[entry.index] = record.stream
        case .repeated(let first):
            guard let stream = firstStreams[first], stream != record.stream,
                !members.contains(where: { $0.isUp && $0.replica?.stream == stream })
            else { return }
            mark(.repeatAfterDeath)
        case .refused, .session: break
        }
    }

    private func client(of record: CommandRecord) -> Int? {
        guard let call = calls.call(record.sequence, in: record.stream),
            case .session(let client) = calls.calls[call].origin
        else { return nil }
        return client
    }

    private func note(_ outcome: RecordOutcome) {
        switch outcome {
        case .executed: mark(.sessionCommand)
        case .repeated: mark(.repeatAnswered)
        case .refused(.sessionEnded): mark(.repeatRefused)
        case .refused(.rejected(.sessionEnded)): mark(.firstUseRefused)
        case .refused(.acknowledged): mark(.acknowledgedRefused)
        case .refused, .session: break
        }
    }
}
