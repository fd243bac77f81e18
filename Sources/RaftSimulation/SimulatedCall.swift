// SPDX-License-Identifier: Apache-2.0

public import Raft

/// What a client calls, as data.
public enum SimulatedCall<Machine: StateMachine & ~Copyable> {
    /// Commands proposed together.
    case propose([Machine.Command])
    /// Something looked at; what is seen is kept as text.
    case observe(ReadConsistency, (borrowing Machine) -> String)

    /// One command.
    public static func propose(_ command: Machine.Command) -> SimulatedCall { .propose([command]) }

    /// A linearizable read.
    public static func read<Value>(_ body: @escaping (borrowing Machine) -> Value) -> SimulatedCall
    {
        .observe(.linearizable) { "\(body($0))" }
    }
}

/// One of the calls that clients make in a run: it can be left out without changing the others.
public struct ClientCall: Hashable, Comparable, Sendable {
    /// Whose it is, counted from 0.
    public var client: Int
    /// The how-manieth of its client, counted from 0.
    public var number: Int

    /// Names a call.
    public init(client: Int, number: Int) {
        self.client = client
        self.number = number
    }

    /// Orders calls by client, then by number.
    public static func < (a: ClientCall, b: ClientCall) -> Bool {
        (a.client, a.number) < (b.client, b.number)
    }
}

/// Which calls a client still makes, each with a random stream of its own.
///
/// So a call is a function of the seed, the client and its number, whatever came before it.
struct CallTickets {
    let random: SplitMix64
    let limit: Int
    /// Numbers of this client's calls that are left out, in order.
    let omitted: [Int]
    private(set) var next = 0
    /// How many calls were made.
    private(set) var made = 0
    private var nextOmitted = 0
    private var isClosed = false

    init(random: SplitMix64, limit: Int, omitted: [Int]) {
        self.random = random
        self.limit = limit
        self.omitted = omitted
    }

    /// The stream of the next call, and its number; nil if there are no more.
    mutating func take() -> (number: Int, random: SplitMix64)? {
        while nextOmitted < omitted.count, omitted[nextOmitted] == next {
            nextOmitted += 1
            next += 1
        }
        guard next < limit, !isClosed else { return nil }
        defer {
            next += 1
            made += 1
        }
        return (next, random.split("call", UInt64(next)))
    }

    /// No more calls are made.
    mutating func close() { isClosed = true }
}
