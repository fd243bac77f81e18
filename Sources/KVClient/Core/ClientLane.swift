// SPDX-License-Identifier: Apache-2.0

/// One of a client's connections, now or in future, as ``ClientCore`` sees it.
struct ClientLane: Sendable {
    enum State: Sendable, Equatable {
        /// There is no connection.
        case idle
        /// One is being made, until then.
        case connecting(deadline: UInt64)
        case open
    }

    var state = State.idle
    /// Where the connection goes, or the next one will go.
    var endpoint: Int
    /// Meaningful while it is open.
    var connection = Connection()
    /// How many replies to the preamble are still to come.
    var preambleReplies = 0
    /// The calls that were handed over and have no reply yet, oldest first.
    private var entries: [UInt64] = []
    private var start = 0
    /// When something last came from the server, or the first call was handed over.
    var lastProgress: UInt64 = 0
    /// What was done to the connection that another one would not know of.
    var connectionState = ConnectionState()
    /// Why what was done to the last connection is lost, until a caller has been told.
    var lostState: ClientError?

    init(endpoint: Int) { self.endpoint = endpoint }

    /// How many replies are to come.
    var outstanding: Int { entries.count - start + preambleReplies }

    /// The calls without a reply, oldest first.
    var waiting: ArraySlice<UInt64> { entries[start...] }

    /// How many of ``waiting`` have left as a whole, and so may be executed.
    var sentCount: Int { max(0, connection.outstandingSent - preambleReplies) }

    /// Notes a call that was handed over.
    mutating func append(_ id: UInt64) { entries.append(id) }

    /// Takes the call that the next reply belongs to.
    mutating func popFirst() -> UInt64? {
        guard start < entries.count else { return nil }
        defer {
            start += 1
            if start == entries.count || start >= 1024 {
                entries.removeFirst(start)
                start = 0
            }
        }
        return entries[start]
    }

    /// Forgets the connection.
    mutating func reset() {
        state = .idle
        connection = Connection()
        preambleReplies = 0
        entries = []
        start = 0
        connectionState = ConnectionState()
    }
}

/// What a client knows of an endpoint: whether it is any use to try it now.
struct EndpointHealth: Sendable {
    /// Failures since the last good reply.
    var failures = 0
    /// Until when others are preferred.
    var restsUntil: UInt64 = 0
}

/// Random bits that are the same for the same seed (Steele, Lea and Flood, OOPSLA '14).
struct SeededBits: Sendable {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
