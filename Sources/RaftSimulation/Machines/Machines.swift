// SPDX-License-Identifier: Apache-2.0

internal import Raft

/// The state machines of all members, what clients want of them, and what stands in front.
final class Machines<Machine: StateMachine & ~Copyable>: MachineHost {
    /// Owns one machine; an array cannot hold what is not copyable.
    final class Station {
        var applier: Applier<Machine>
        var outputs: [AppliedCommand<Machine.Output>] = []
        var server: SimulatedServer<Machine>?

        init(
            _ environment: Machine.Environment, _ limits: SessionLimits,
            _ versions: ClosedRange<MachineVersion>
        ) {
            applier = Applier(environment, sessions: limits, versions: versions)
        }
    }

    private let environment: Machine.Environment
    private var limits = SessionLimits()
    private let ids: [MemberID]
    let stations: [Station]
    /// The stations' servers.
    let seats: [ServerSeat]
    /// Applies what is committed, when it is, and never restarts: what all others have to equal.
    let reference: Station
    let workload: SimulationWorkload<Machine>
    private let hasInvariants: Bool
    let front: SimulatedFront<Machine>?
    var users: [any SimulatedUser] = []
    /// What an open call of a client is; looked up by call.
    private var commands: [Int: Machine.Command] = [:]
    private var observations: [Int: (borrowing Machine) -> String] = [:]
    /// Results of calls made by hand; looked up by call.
    private(set) var outputs: [Int: Machine.Output] = [:]
    private(set) var results: [Int: CommandOutcome<Machine.Output>] = [:]
    private(set) var observed: [Int: String] = [:]
    private let docket: Docket
    /// Looks on, if a picture is wanted.
    var recorder: SimulationRecorder?

    init(
        members: [MemberID], environment: Machine.Environment,
        workload: SimulationWorkload<Machine>, profile: SimulationProfile, random: SplitMix64,
        docket: Docket
    ) {
        self.docket = docket
        limits.sessions = profile.sessions.limit
        self.environment = environment
        self.workload = workload
        hasInvariants = !workload.invariants.isEmpty
        ids = members
        let limits = limits
        let programs = World.newestProgram(of: Machine.machineVersions, profile.versions)
        stations = members.map { _ in Station(environment, limits, programs) }
        seats = members.map { _ in ServerSeat() }
        reference = Station(environment, limits, programs)
        front = workload.makeFront?(random)
        guard let front else { return }
        users = (0..<profile.clients.count).map {
            front.makeUser($0, pipeline: Int(profile.clients.pipeline))
        }
    }

    func reset(
        _ member: Int, running versions: ClosedRange<MachineVersion>, at now: MonotonicTime
    ) {
        let station = stations[member]
        station.applier = Applier(environment, sessions: limits, versions: versions)
        station.outputs = []
        station.server = front?.makeServer(on: ids[member], at: now)
        seats[member].server = station.server
    }

    func apply(
        _ entry: LogEntry, on member: Int, awaiting stream: StreamID
    ) throws(RaftError) -> AppliedEntry {
        let station = stations[member]
        let result = try station.applier.apply(entry, awaiting: stream)
        station.outputs = result.outputs
        if hasInvariants { checkInvariants(on: member, after: entry) }
        return AppliedEntry(
            own: result.outputs.count == 0 ? [] : Self.sequences(result.outputs),
            deadline: result.deadline, version: result.version,
            stateHash: stateHash(of: station, at: entry.index))
    }

    // Generic code looks its types up anew wherever it begins to use them: what few entries need stands apart.

    @inline(never)
    private func checkInvariants(on member: Int, after entry: LogEntry) {
        let station = stations[member]
        for invariant in workload.invariants where !invariant.holds(station.applier.machine) {
            docket.note(
                "invariant: \(invariant.name)",
                found: "not so after entry \(entry.index) on member \(ids[member])",
                expected: "it holds after every entry")
        }
    }

    @inline(never)
    private static func sequences(_ outputs: [AppliedCommand<Machine.Output>]) -> [UInt64] {
        var sequences: [UInt64] = []
        for output in outputs { sequences.append(output.sequence) }
        return sequences
    }

    func commit(_ entry: LogEntry) throws(RaftError) -> ReferenceEntry {
        let result = try reference.applier.apply(entry, awaiting: nil)
        var outputs: [UInt32] = []
        var outcomes: [RecordOutcome] = []
        for output in result.outputs {
            outputs.append(Self.digest(of: output.outcome))
            outcomes.append(output.outcome.record)
        }
        return ReferenceEntry(
            outputs: outputs, outcomes: outcomes, hasSessions: result.hasSessions,
            stateHash: stateHash(of: reference, at: entry.index))
    }

    @inline(__always)
    private func stateHash(of station: Station, at index: LogIndex) -> UInt64 {
        if let hash = station.applier.stateHash { return hash }
        // Writing the whole state is slow, so not after every entry.
        guard index.rawValue % 16 == 0 else { return 0 }
        var writer = ByteWriter()
        Machine.write(station.applier.machine.capture(), to: &writer)
        station.applier.version.write(to: &writer)
        station.applier.sessions.write(to: &writer)
        return UInt64(CRC32C.checksum(writer.bytes, in: 0..<writer.bytes.count))
    }

    func digest(ofOutput output: Int, of member: Int) -> UInt32 {
        Self.digest(of: stations[member].outputs[output].outcome)
    }

    func keep(_ output: Int, of member: Int, for call: Int) {
        results[call] = stations[member].outputs[output].outcome
        guard let output = stations[member].outputs[output].outcome.output else { return }
        recorder?.answered(call, "\(output)")
        if let command = commands.removeValue(forKey: call) {
            if let wrong = workload.check?(command, output) {
                docket.note(
                    "an answer passes the workload's check",
                    found: "\(wrong), in answer to call \(call)",
                    expected: "nothing wrong with \(output), the answer to \(command)")
            }
        } else {
            outputs[call] = output
        }
    }

    func observe(_ call: Int, on member: Int) {
        guard let body = observations.removeValue(forKey: call) else { return }
        let seen = body(stations[member].applier.machine)
        observed[call] = seen
        recorder?.answered(call, seen)
    }

    func watch(_ call: Int, _ body: @escaping (borrowing Machine) -> String) {
        observations[call] = body
    }

    /// Reads a member's machine as it is, behind everybody's back.
    func peek<Value>(_ member: Int, _ body: (borrowing Machine) -> Value) -> Value {
        body(stations[member].applier.machine)
    }

    func applied(_ member: Int) -> (index: LogIndex, time: ClusterTime) {
        (stations[member].applier.index, stations[member].applier.now)
    }

    func nextDeadline(_ member: Int) -> ClusterTime? {
        stations[member].applier.machine.nextDeadline
    }

    func stateHash(_ member: Int) -> UInt64 {
        stateHash(of: stations[member], at: LogIndex(0))
    }

    func draw(_ client: Int, firstCall: Int, random: SplitMix64) -> DrawnCall {
        guard let next = workload.next else { return .nothing }
        var random = random
        switch next(client, &random) {
        case .propose(let drawn):
            if workload.check != nil {
                for (offset, command) in drawn.enumerated() {
                    commands[firstCall + offset] = command
                }
            }
            recorder?.asks(drawn)
            let (batch, digests) = Self.encode(drawn)
            return .propose(batch, digests: digests)
        case .observe(let consistency, let body):
            observations[firstCall] = body
            return .read(consistency)
        }
    }

    static func encode(_ commands: [Machine.Command]) -> (ProposalBatch, [UInt32]) {
        var batch = ProposalBatch()
        for command in commands { batch.append(command) }
        return (batch, batch.digests)
    }

    /// The checksum of an output, the same for the first time and for a repeat.
    static func digest(of outcome: CommandOutcome<Machine.Output>) -> UInt32 {
        var writer = ByteWriter(capacity: 64)
        switch outcome {
        case .executed(let output), .repeated(let output, _): output.write(to: &writer)
        case .refused(let error): "\(error)".write(to: &writer)
        case .session(let id): "\(id)".write(to: &writer)
        }
        return CRC32C.checksum(writer.bytes, in: 0..<writer.bytes.count)
    }
}

/// Where a member's server is found without looking the type of its machine up.
final class ServerSeat {
    var server: SimulatedConnections?
}

extension ProposalBatch {
    /// The checksums of the commands.
    var digests: [UInt32] { commands.map { CRC32C.checksum(Array($0), in: 0..<$0.count) } }
}
