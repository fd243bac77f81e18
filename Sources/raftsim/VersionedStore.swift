// SPDX-License-Identifier: Apache-2.0

import KVStateMachine
import Raft

/// The store, and beside it something of which no two machine versions do the same: a version that one member
/// goes by and another does not shows in every later state.
struct VersionedStore: StateMachine, ~Copyable {
    static let machineVersions: ClosedRange<MachineVersion> = 1...4

    struct Capture: Sendable {
        let store: KVStore.Capture
        let trail: UInt64
    }

    var store: KVStore
    /// A hash of the versions that commands were carried out in.
    private var trail: UInt64 = 0

    init(_ options: KVStore.Options) { store = KVStore(options) }

    init(
        restoring reader: inout ByteReader, _ options: KVStore.Options
    ) throws(DecodingFailure) {
        trail = try reader.read()
        store = try KVStore(restoring: &reader, options)
    }

    mutating func adopt(_ version: MachineVersion) {
        trail = (trail ^ UInt64(version.rawValue)) &* 0x9E37_79B9_7F4A_7C15
    }

    mutating func apply(_ command: consuming KVCommand, _ context: ApplyContext) -> KVReply {
        // The oldest leaves no trail, as worlds without versions have it all the time.
        if context.version > .first {
            trail = trail &* 31 &+ UInt64(context.version.rawValue)
        }
        return store.apply(command, context)
    }

    mutating func advance(to now: ClusterTime) { store.advance(to: now) }

    var nextDeadline: ClusterTime? { store.nextDeadline }

    mutating func capture() -> Capture { Capture(store: store.capture(), trail: trail) }

    static func write(_ capture: Capture, to writer: inout ByteWriter) {
        writer.write(capture.trail)
        KVStore.write(capture.store, to: &writer)
    }

    var stateHash: UInt64? { store.stateHash.map { $0 ^ trail } }
}
