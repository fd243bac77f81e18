// SPDX-License-Identifier: Apache-2.0

internal import Raft

/// The connections between users and servers: bytes in order, in pieces, until either end is gone.
struct ClientStreams {
    /// One connection.
    struct Stream {
        let user: Int
        let member: Int
        /// Which life of the member it leads to.
        let life: Int
        var isOpenAtUser = true
        var isOpenAtServer = false
        var lastUp = MonotonicTime.zero
        var lastDown = MonotonicTime.zero
    }

    /// What is on its way on a connection.
    enum Parcel {
        case connect
        case accepted
        case refused
        case toServer([UInt8])
        case toUser([UInt8])
        /// The user's end is closed.
        case endToServer
        /// The server's end is closed.
        case endToUser
    }

    private(set) var streams: [Stream] = []
    private var parcels: [(stream: Int, parcel: Parcel)?] = []
    private var freeSlots: [Int] = []
    private let delay: Delay
    private var random: SplitMix64
    /// Whether bytes are neither cut in pieces nor held up beyond their delay.
    var isCalm = false

    init(delay: Delay, random: SplitMix64) {
        self.delay = delay
        self.random = random
    }

    /// Begins a connection.
    mutating func open(_ user: Int, to member: Int, life: Int) -> Int {
        streams.append(Stream(user: user, member: member, life: life))
        return streams.count - 1
    }

    mutating func acceptAtServer(_ stream: Int) { streams[stream].isOpenAtServer = true }
    mutating func closeAtUser(_ stream: Int) { streams[stream].isOpenAtUser = false }
    mutating func closeAtServer(_ stream: Int) { streams[stream].isOpenAtServer = false }

    /// Sends something; bytes perhaps in two pieces.
    mutating func send(
        _ parcel: Parcel, on stream: Int, at now: MonotonicTime,
        into heap: inout EventHeap<WorldEvent>
    ) {
        switch parcel {
        case .toServer(let bytes) where bytes.count > 1 && cuts():
            let cut = 1 + Int(random.next(below: UInt64(bytes.count - 1)))
            post(.toServer(Array(bytes[..<cut])), stream, now, &heap)
            post(.toServer(Array(bytes[cut...])), stream, now, &heap)
        case .toUser(let bytes) where bytes.count > 1 && cuts():
            let cut = 1 + Int(random.next(below: UInt64(bytes.count - 1)))
            post(.toUser(Array(bytes[..<cut])), stream, now, &heap)
            post(.toUser(Array(bytes[cut...])), stream, now, &heap)
        case .connect, .accepted, .refused, .toServer, .toUser, .endToServer, .endToUser:
            post(parcel, stream, now, &heap)
        }
    }

    private mutating func cuts() -> Bool { !isCalm && random.next(below: 8) == 0 }

    private mutating func post(
        _ parcel: Parcel, _ stream: Int, _ now: MonotonicTime, _ heap: inout EventHeap<WorldEvent>
    ) {
        var time = now + delay.draw(&random, isCalm: isCalm)
        switch parcel {
        case .connect, .toServer, .endToServer:
            time = max(time, streams[stream].lastUp)
            streams[stream].lastUp = time
        case .accepted, .refused, .toUser, .endToUser:
            time = max(time, streams[stream].lastDown)
            streams[stream].lastDown = time
        }
        let slot: Int
        if let free = freeSlots.popLast() {
            slot = free
            parcels[slot] = (stream, parcel)
        } else {
            slot = parcels.count
            parcels.append((stream, parcel))
        }
        heap.push(.parcel(slot: slot), at: time)
    }

    /// Takes something off its way.
    mutating func arrive(_ slot: Int) -> (stream: Int, parcel: Parcel)? {
        defer {
            parcels[slot] = nil
            freeSlots.append(slot)
        }
        return parcels[slot]
    }

    /// The streams that lead to a member and are not closed at both ends.
    func open(at member: Int) -> [Int] {
        streams.indices.filter {
            streams[$0].member == member
                && (streams[$0].isOpenAtUser || streams[$0].isOpenAtServer)
        }
    }

    /// Whether what is on its way when a process ends is lost; else it still arrives.
    mutating func losesTail() -> Bool { random.next(below: 2) == 0 }
}
