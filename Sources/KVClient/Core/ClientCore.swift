// SPDX-License-Identifier: Apache-2.0

package import RESP

/// All that a client decides, without any I/O: what is sent on which connection to which endpoint, under
/// which stamp, what is sent again and when, and what a caller is told.
///
/// Calls and what happens to connections go in; ``Action``s and bytes come out. It does the same from the
/// same inputs, so it is simulated as it ships. Times are nanoseconds of a clock that never goes back.
///
/// A call is always in one of these places: ``queue`` (may be sent), ``unstamped`` (needs a number of the
/// session first), ``resting`` (between two attempts), or with a lane, until its reply comes or the lane
/// loses its connection.
package struct ClientCore: Sendable {
    /// What whoever does the I/O has to do.
    package enum Action: Sendable, Equatable {
        /// Make a connection; then ``connected(_:at:)`` or ``lost(_:_:at:)``.
        case connect(lane: Int, endpoint: Int)
        /// End a connection or an attempt at one; nothing more is to be told of it.
        case close(lane: Int)
        /// Tell a caller.
        case finish(call: UInt64, Result<Value, ClientError>)
        /// The client has come to its end.
        case closed
    }

    enum Session: Sendable {
        case none
        case opening
        case open(SessionWindow)
    }

    let options: KVClient.Options
    /// The endpoints' names, for messages.
    let endpoints: [String]
    /// What every connection begins with.
    let preamble: [[[UInt8]]]
    private let tokenPrefix: [UInt8]
    private var tokenCount = 0

    /// By number; looked up only, or searched for what no order matters to.
    var calls: [UInt64: ClientCall] = [:]
    var queue = CallQueue()
    var unstamped = CallQueue()
    var resting: [UInt64] = []
    var lanes: [ClientLane]
    var health: [EndpointHealth]
    var session = Session.none
    /// When the session was last certainly alive.
    var sessionUsedAt: UInt64 = 0
    var isKeepingAlive = false
    /// Whether the servers know what stamps are.
    var canStamp = true
    var isClosing = false
    var hasClosed = false
    /// The latest time that was told.
    var now: UInt64 = 0
    /// No call's deadline is earlier.
    var earliestDeadline = UInt64.max
    /// Numbers for the client's own calls, apart from all callers'.
    private var lastOwnCall: UInt64 = 1 << 63
    var random: SeededBits
    var actions: [Action] = []

    /// Creates a client that has done nothing yet.
    /// - Parameters:
    ///   - endpoints: Their names, one or more, in order of preference.
    ///   - tokenPrefix: At most 40 bytes that no other client has: tokens begin with it.
    ///   - seed: For what is spread by chance.
    package init(
        endpoints: [String], options: KVClient.Options, tokenPrefix: [UInt8], seed: UInt64,
        preamble: [[[UInt8]]] = []
    ) {
        options.check()
        precondition(!endpoints.isEmpty, "a client needs an endpoint")
        precondition(tokenPrefix.count <= 40, "\(tokenPrefix.count) bytes before every token")
        self.endpoints = endpoints
        self.options = options
        self.tokenPrefix = tokenPrefix
        self.preamble =
            preamble + (options.consistency == .stale ? [[Array("READONLY".utf8)]] : [])
        lanes = (0..<options.connections).map { ClientLane(endpoint: $0 % endpoints.count) }
        health = endpoints.map { _ in EndpointHealth() }
        random = SeededBits(seed: seed)
    }

    /// Whether no call is under way or waits.
    package var isIdle: Bool { calls.isEmpty }

    /// Where the next call is likely to go.
    package var preferredEndpoint: Int { lanes[0].endpoint }

    /// Takes what there is to do, in order.
    package mutating func takeActions() -> [Action] {
        defer { actions.removeAll(keepingCapacity: true) }
        return actions
    }

    // MARK: Calls

    /// Takes a command.
    /// - Parameters:
    ///   - id: The caller's number for it, less than 2^63, higher than all before.
    ///   - arguments: The command's name and its arguments.
    package mutating func submit(
        _ id: UInt64, _ arguments: [[UInt8]], timeout: Duration? = nil, at now: UInt64
    ) {
        precondition(!arguments.isEmpty, "a command without a name")
        if let refusal = refusal(of: arguments) {
            return actions.append(.finish(call: id, .failure(refusal)))
        }
        let effect = CommandEffect(of: arguments)
        let isBare = lanes[0].connectionState.isInTransaction && options.isExclusive
        let needsStamp =
            effect == .write && canStamp && !isBare && options.writeProtection != .none
            && CommandEffect.canBeStamped(arguments)
        var milliseconds = (timeout ?? options.timeout).milliseconds
        if needsStamp, options.writeProtection == .token {
            // Repeating it after its token is forgotten would execute it twice.
            milliseconds = min(milliseconds, ClientCall.longestTokenMilliseconds)
        }
        var call = ClientCall(
            arguments: arguments, purpose: .caller, effect: effect, needsStamp: needsStamp,
            deadline: now + UInt64(milliseconds) * 1_000_000, milliseconds: milliseconds)
        if needsStamp, options.writeProtection == .token {
            tokenCount += 1
            call.stamp = .token(tokenPrefix + Array("-\(tokenCount)".utf8))
        }
        calls[id] = call
        earliestDeadline = min(earliestDeadline, call.deadline)
        enqueue(id)
        pump(at: now)
    }

    private mutating func refusal(of arguments: [[UInt8]]) -> ClientError? {
        if isClosing { return .notExecuted(endpoint: "", message: "the client is closed") }
        if calls.count >= options.maximumCalls {
            return .notExecuted(endpoint: "", message: "\(calls.count) calls wait already")
        }
        if !options.isExclusive, ConnectionState.isMeant(by: arguments) {
            let name = CommandEffect.name(of: arguments)
            return .notExecuted(
                endpoint: "", message: "\(name) is about a connection, and those are shared")
        }
        defer { lanes[0].lostState = nil }
        return lanes[0].lostState
    }

    /// Forgets a call because nobody waits for it any more.
    package mutating func cancel(_ id: UInt64, at now: UInt64) {
        guard let call = calls[id] else { return }
        let error: ClientError =
            mayRun(call)
            ? .outcomeUnknown(
                endpoint: endpoint(of: call), reason: "cancelled after \(call.name) was sent")
            : .cancelled
        finish(id, .failure(error))
        pump(at: now)
    }

    /// Takes no more calls, fails those it has and ends the session; then comes ``Action/closed``.
    package mutating func close(at now: UInt64) {
        guard !isClosing else { return }
        isClosing = true
        for id in calls.keys.sorted() {
            guard let call = calls[id] else { continue }
            let error: ClientError =
                mayRun(call)
                ? .outcomeUnknown(
                    endpoint: endpoint(of: call),
                    reason: "the client was closed after \(call.name) was sent")
                : .notExecuted(endpoint: "", message: "the client was closed")
            finish(id, .failure(error))
        }
        if case .open(let window) = session {
            // Its end would come by itself: not worth more than a moment.
            let end = now + 500_000_000
            startOwnCall(
                ["KV.SESSION", "CLOSE", "\(window.id)"], .closeSession, deadline: end, at: now)
        } else {
            endClosing()
        }
        pump(at: now)
    }

    mutating func endClosing() {
        guard isClosing, !hasClosed else { return }
        hasClosed = true
        for lane in lanes.indices where lanes[lane].state != .idle {
            lanes[lane].reset()
            actions.append(.close(lane: lane))
        }
        actions.append(.closed)
    }

    /// Begins a call of the client itself.
    mutating func startOwnCall(
        _ words: [String], _ purpose: ClientCall.Purpose, deadline: UInt64 = .max, at now: UInt64
    ) {
        lastOwnCall += 1
        // Done twice it does what it does once, or what it leaves behind ends by itself.
        calls[lastOwnCall] = ClientCall(
            arguments: words.map { Array($0.utf8) }, purpose: purpose, effect: .read,
            needsStamp: false, deadline: deadline, milliseconds: 0)
        earliestDeadline = min(earliestDeadline, deadline)
        queue.insertFirst([lastOwnCall])
    }

    /// Puts a call where it has to wait.
    mutating func enqueue(_ id: UInt64) {
        guard let call = calls[id] else { return }
        if call.needsStamp && call.stamp == nil { unstamped.append(id) } else { queue.append(id) }
    }

    /// Ends a call.
    mutating func finish(_ id: UInt64, _ result: Result<Value, ClientError>) {
        guard let call = calls.removeValue(forKey: id) else { return }
        if case .sequence(let sequence, let session) = call.stamp {
            finishSequence(sequence, of: session)
        }
        if call.purpose == .caller {
            actions.append(.finish(call: id, result))
        } else {
            finishOwnCall(call, result)
        }
    }

    /// Whether a write may be executed, now or later, although there was no reply.
    func mayRun(_ call: ClientCall) -> Bool {
        // What was handed over leaves, whoever waits for it.
        call.effect == .write && (call.lane != nil || call.isInDoubt)
    }

    func endpoint(of call: ClientCall) -> String {
        endpoints[lanes[call.lane ?? 0].endpoint]
    }
}

/// Numbers of calls in the order in which they are to be sent; those of calls that have ended are passed over.
struct CallQueue: Sendable {
    private var ids: [UInt64] = []
    private var start = 0

    var isEmpty: Bool { start == ids.count }
    var count: Int { ids.count - start }
    var first: UInt64? { isEmpty ? nil : ids[start] }
    var all: ArraySlice<UInt64> { ids[start...] }

    mutating func append(_ id: UInt64) { ids.append(id) }

    mutating func insertFirst(_ earlier: [UInt64]) {
        guard !earlier.isEmpty else { return }
        ids.replaceSubrange(..<start, with: earlier)
        start = 0
    }

    mutating func removeFirst() {
        start += 1
        guard start == ids.count || start >= 1024 else { return }
        ids.removeFirst(start)
        start = 0
    }

    mutating func filter(_ isKept: (UInt64) -> Bool) {
        ids = ids[start...].filter(isKept)
        start = 0
    }

    mutating func removeAll() {
        ids = []
        start = 0
    }
}
