// SPDX-License-Identifier: Apache-2.0

import Raft

/// A machine of which no two versions do the same: a wrong one anywhere shows in every later output and state.
struct Mixer: StateMachine {
    static let machineVersions: ClosedRange<MachineVersion> = 1...4
    private(set) var value: UInt64 = 0

    init(_: Void) {}
    init(restoring reader: inout ByteReader, _: Void) throws(DecodingFailure) {
        value = try reader.read()
    }

    mutating func adopt(_ version: MachineVersion) {
        value = (value ^ UInt64(version.rawValue)) &* 0x9E37_79B9_7F4A_7C15
    }

    mutating func apply(_ command: UInt64, _ context: ApplyContext) -> UInt64 {
        switch context.version.rawValue {
        case 1: value &+= command
        case 2: value = value &* 31 &+ command
        case 3: value ^= command << 7 | 1
        default: value = (value << 5 | value >> 59) &- command
        }
        return value
    }

    static func write(_ capture: Mixer, to writer: inout ByteWriter) {
        writer.write(capture.value)
    }

    var stateHash: UInt64? { value }
}
