// SPDX-License-Identifier: Apache-2.0

internal import Raft

// Bytes leave, in pieces, as far as there is room.
extension SimulatedNetwork {
    /// Sends off what is queued, as far as there is room.
    func write(
        _ connection: SimulatedConnection, at now: MonotonicTime,
        into heap: inout EventHeap<WorldEvent>
    ) {
        let back = path(to: .dialer, of: connection)
        if !connection.isSevered, !links[back].isCut { connection.acknowledged = connection.read }
        // Once all is healed, what is slow on purpose is so no more.
        let socketBytes = isCalm ? max(profile.socketBytes, 256 << 10) : profile.socketBytes
        let room = socketBytes - (connection.bytes.written - connection.acknowledged)
        let isGreeting = connection.bytes.written == 0
        let range = connection.bytes.write(atMost: room)
        connection.awaitsRoom = connection.bytes.queued > 0
        if connection.isSevered { return reach(.wroteIntoTheVoid) }
        if connection.awaitsRoom {
            reach(.awaitedRoom)
            if connection.acknowledged < connection.read, !connection.isRoomPromised {
                connection.isRoomPromised = true
                links[back].held.append(.room(connection.number))
            }
        }
        guard !range.isEmpty else { return }
        damageSometimes(&connection.bytes, range, isGreeting: isGreeting)
        var start = range.lowerBound
        while start < range.upperBound {
            var end = range.upperBound
            if !isCalm, oneIn(profile.splitOneIn) {
                end = start + 1 + Int(random.next(below: UInt64(range.upperBound - start)))
            }
            let time = arrival(at: .acceptor, of: connection, at: now)
            heap.push(.network(.bytes(connection.number, through: end)), at: time)
            start = end
        }
    }

    /// The acceptor's process has read: its machine tells the dialer's, if that waits for it.
    func makeRoom(
        _ connection: SimulatedConnection, at now: MonotonicTime,
        into heap: inout EventHeap<WorldEvent>
    ) {
        guard connection.awaitsRoom, !connection.isRoomPromised, !connection.isSevered else {
            return
        }
        connection.isRoomPromised = true
        let time = arrival(at: .dialer, of: connection, at: now)
        heap.push(.network(.room(connection.number)), at: time)
    }

    /// Turns a bit over now and then; more often in a handshake, of which there are few.
    func damageSometimes(
        _ stream: inout SimulatedStream, _ range: Range<Int>, isGreeting: Bool = true
    ) {
        guard profile.damagePerMillion > 0, !isCalm else { return }
        guard happens(profile.damagePerMillion) || isGreeting && oneIn(50) else { return }
        let position = range.lowerBound + Int(random.next(below: UInt64(range.count)))
        stream.flip(bit: Int(random.next(below: 8)), at: position)
    }
}
