// SPDX-License-Identifier: Apache-2.0

internal import Raft

/// The state machines of all members, and what clients want of them.
final class Machines<Machine: StateMachine & ~Copyable>: MachineHost {
    /// Owns one machine; an array cannot hold what is not copyable.
    private final class Station {
        var applier: Applier<Machine>
        var outputs: [AppliedCommand<Machine.Output>] = []

        init(_ environment: Machine.Environment) { applier = Applier(environment) }
    }

    private let environment: Machine.Environment
    private var stations: [Station]
    let workload: SimulationWorkload<Machine>?
    /// What an open call of a client is; looked up by call.
    private var commands: [Int: Machine.Command] = [:]
    private var observations: [Int: (borrowing Machine) -> String] = [:]
    /// Results of calls made by hand; looked up by call.
    private(set) var outputs: [Int: Machine.Output] = [:]
    private(set) var observed: [Int: String] = [:]
    private(set) var complaint: String?
    private var invariants: [(name: String, holds: (borrowing Machine) -> Bool)] = []

    init(
        members: Int, environment: Machine.Environment, workload: SimulationWorkload<Machine>?
    ) {
        self.environment = environment
        self.workload = workload
        invariants = workload?.invariants ?? []
        stations = (0..<members).map { _ in Station(environment) }
    }

    func reset(_ member: Int) { stations[member] = Station(environment) }

    func apply(
        _ entry: LogEntry, on member: Int, awaiting stream: StreamID
    ) throws(RaftError) -> AppliedEntry {
        let station = stations[member]
        let result = try station.applier.apply(entry, awaiting: stream)
        station.outputs = result.outputs
        for (name, holds) in invariants where !holds(station.applier.machine) {
            complaint = complaint ?? "\(name), after entry \(entry.index) on member \(member + 1)"
        }
        return AppliedEntry(
            own: result.outputs.map { $0.sequence }, deadline: result.deadline,
            stateHash: stateHash(of: station, at: entry.index))
    }

    private func stateHash(of station: Station, at index: LogIndex) -> UInt64 {
        if let hash = station.applier.machine.stateHash { return hash }
        // Writing the whole state is slow, so not after every entry.
        guard index.rawValue % 16 == 0 else { return 0 }
        var writer = ByteWriter()
        Machine.write(station.applier.machine.capture(), to: &writer)
        return UInt64(CRC32C.checksum(writer.bytes, in: 0..<writer.bytes.count))
    }

    func keep(_ output: Int, of member: Int, for call: Int) {
        let output = stations[member].outputs[output].output
        if let command = commands.removeValue(forKey: call) {
            if let wrong = workload?.check?(command, output) {
                complaint = complaint ?? "\(wrong), in answer to call \(call)"
            }
        } else {
            outputs[call] = output
        }
    }

    func observe(_ call: Int, on member: Int) {
        guard let body = observations.removeValue(forKey: call) else { return }
        observed[call] = body(stations[member].applier.machine)
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

    func stateHash(_ member: Int) -> UInt64 {
        stations[member].applier.machine.stateHash
            ?? stateHash(of: stations[member], at: LogIndex(0))
    }

    func draw(_ client: Int, firstCall: Int, random: inout SplitMix64) -> DrawnCall {
        guard let workload else { return .nothing }
        switch workload.next(client, &random) {
        case .propose(let drawn):
            if workload.check != nil {
                for (offset, command) in drawn.enumerated() {
                    commands[firstCall + offset] = command
                }
            }
            let (batch, digests) = Self.encode(drawn)
            return .propose(batch, digests: digests)
        case .observe(let consistency, let body):
            observations[firstCall] = body
            return .read(consistency)
        }
    }

    static func encode(_ commands: [Machine.Command]) -> (ProposalBatch, [UInt32]) {
        var batch = ProposalBatch()
        var digests: [UInt32] = []
        for command in commands {
            var writer = ByteWriter()
            command.write(to: &writer)
            digests.append(CRC32C.checksum(writer.bytes, in: 0..<writer.bytes.count))
            batch.append { $0.write(raw: writer.bytes) }
        }
        return (batch, digests)
    }
}
