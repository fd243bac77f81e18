// SPDX-License-Identifier: Apache-2.0

import Raft
import RaftSimulation

/// The state machine of these tests: sixteen registers, some with a time limit, and one for each of a few
/// clients with sessions.
struct Registers: StateMachine {
    static let count = 32
    /// How many of them all clients share.
    static let shared = 16

    enum Command: WireCodable, Equatable {
        /// Sets a register; with a limit it goes back to zero after so many milliseconds.
        case set(UInt8, Int64, limit: UInt32)
        /// Adds to a register, and says what it is then.
        case add(UInt8, Int64)

        init(from reader: inout ByteReader) throws(DecodingFailure) {
            let offset = reader.position
            switch try reader.read(UInt8.self) {
            case 0: self = .set(try reader.read(), try reader.read(), limit: try reader.read())
            case 1: self = .add(try reader.read(), try reader.read())
            case let kind: throw DecodingFailure("a command, not \(kind)", at: offset)
            }
        }

        func write(to writer: inout ByteWriter) {
            switch self {
            case .set(let register, let value, let limit):
                writer.write(UInt8(0))
                writer.write(register)
                writer.write(value)
                writer.write(limit)
            case .add(let register, let value):
                writer.write(UInt8(1))
                writer.write(register)
                writer.write(value)
            }
        }
    }

    struct Register: Equatable {
        var value: Int64 = 0
        var deadline: Int64?
    }

    var registers = Array(repeating: Register(), count: count)
    /// How many commands were carried out.
    var applied: Int64 = 0
    /// How many limits have passed.
    var expired: Int64 = 0
    var hash: UInt64 = 0
    private var earliest: Int64?

    init(_: Void) {}

    init(restoring reader: inout ByteReader, _: Void) throws(DecodingFailure) {
        throw DecodingFailure("nothing: these tests know no snapshots", at: reader.position)
    }

    mutating func apply(_ command: Command, _ context: ApplyContext) -> Int64 {
        applied += 1
        switch command {
        case .set(let register, let value, let limit):
            let place = Int(register) % Self.count
            let deadline = limit > 0 ? context.now.milliseconds + Int64(limit) : nil
            registers[place] = Register(value: value, deadline: deadline)
            mix(UInt64(register), UInt64(bitPattern: value), UInt64(deadline ?? 0))
            findEarliest()
            return value
        case .add(let register, let value):
            let place = Int(register) % Self.count
            registers[place].value &+= value
            mix(UInt64(register), UInt64(bitPattern: registers[place].value), 1)
            return registers[place].value
        }
    }

    mutating func advance(to now: ClusterTime) {
        guard let earliest, earliest <= now.milliseconds else { return }
        for place in registers.indices {
            guard let deadline = registers[place].deadline, deadline <= now.milliseconds else {
                continue
            }
            registers[place] = Register()
            expired += 1
            mix(UInt64(place), UInt64(deadline), 2)
        }
        findEarliest()
    }

    var nextDeadline: ClusterTime? { earliest.map { ClusterTime(milliseconds: $0) } }

    var stateHash: UInt64? { hash }

    static func write(_ capture: Registers, to writer: inout ByteWriter) {
        for register in capture.registers {
            writer.write(register.value)
            writer.write(register.deadline ?? 0)
        }
        writer.write(capture.hash)
    }

    private mutating func findEarliest() {
        earliest = nil
        for register in registers {
            guard let deadline = register.deadline else { continue }
            earliest = min(earliest ?? deadline, deadline)
        }
    }

    private mutating func mix(_ a: UInt64, _ b: UInt64, _ c: UInt64) {
        for value in [a, b, c] {
            hash = (hash ^ value) &* 0x9E37_79B9_7F4A_7C15
            hash ^= hash >> 32
        }
    }

    /// What clients of random runs do.
    static var workload: SimulationWorkload<Registers> {
        var workload = SimulationWorkload<Registers> { _, random in
            let register = UInt8(random.next(below: UInt64(shared)))
            switch random.next(below: 10) {
            case 0..<5:
                return .propose(
                    (0..<1 + random.next(below: 3)).map { _ in
                        .add(register, Int64(random.next(below: 100)))
                    })
            case 5:
                let limit = UInt32(random.next(below: 3000))
                return .propose([.set(register, Int64(random.next(below: 1000)), limit: limit)])
            case 6: return .observe(.stale) { "\($0.registers[Int(register)].value)" }
            default: return .observe(.linearizable) { "\($0.registers[Int(register)].value)" }
            }
        }
        workload.check = { command, output in
            guard case .set(_, let value, _) = command, output != value else { return nil }
            return "setting \(value) answered \(output)"
        }
        workload.sessions = SessionWorkload(
            command: { .add(UInt8(shared + $0 % (count - shared)), 1) },
            output: { Int64($1) })
        return workload
    }
}
