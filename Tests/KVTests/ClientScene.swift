// SPDX-License-Identifier: Apache-2.0

import RESP

@testable import KVClient

/// A client's decisions, with a server that answers as the test says.
struct ClientScene {
    var core: ClientCore
    var now: UInt64 = 0
    var results: [UInt64: Result<Value, ClientError>] = [:]
    /// What the client wanted of its connections, in order.
    var log: [String] = []
    private var lastCall: UInt64 = 0
    /// Attempts at connections that have ended one way or the other.
    private var connects = 0

    init(
        endpoints: Int = 2, connections: Int = 1,
        _ protection: KVClient.Options.WriteProtection = .session,
        _ change: (inout KVClient.Options) -> Void = { _ in }
    ) {
        var options = KVClient.Options()
        options.writeProtection = protection
        options.connections = connections
        options.timeout = .seconds(60)
        change(&options)
        core = ClientCore(
            endpoints: (0..<endpoints).map { "m\($0)" }, options: options,
            tokenPrefix: Array("t".utf8), seed: 1)
    }

    @discardableResult
    mutating func submit(_ words: String..., timeout: Duration? = nil) -> UInt64 {
        lastCall += 1
        core.submit(lastCall, words.map { Array($0.utf8) }, timeout: timeout, at: now)
        take()
        return lastCall
    }

    mutating func advance(milliseconds: UInt64) {
        now += milliseconds * 1_000_000
        core.advance(to: now)
        take()
    }

    mutating func connect(_ lane: Int = 0) {
        connects += 1
        core.connected(lane, at: now)
        take()
    }

    mutating func lose(_ lane: Int = 0, _ loss: ClientCore.Loss = .lost(reason: "reset")) {
        if case .refused = loss { connects += 1 }
        core.lost(lane, loss, at: now)
        take()
    }

    mutating func cancel(_ call: UInt64) {
        core.cancel(call, at: now)
        take()
    }

    mutating func close() {
        core.close(at: now)
        take()
    }

    /// What is sent on a lane, as words; it leaves.
    mutating func sent(on lane: Int = 0) -> [String] {
        var parser = RequestParser()
        var bytes = core.withOutput(of: lane) { span in span.withUnsafeBytes { Array($0) } }
        core.consumeOutput(bytes.count, of: lane)
        var commands: [String] = []
        while case .command(let count, let consumed) = parser.parse(bytes.span) {
            commands.append(
                parser.withArguments(in: bytes.span) { arguments in
                    (0..<count).map { arguments.string(at: $0) }.joined(separator: " ")
                })
            bytes.removeFirst(consumed)
        }
        return commands
    }

    mutating func reply(_ texts: String..., on lane: Int = 0) {
        for text in texts { core.received(Array((text + "\r\n").utf8), on: lane, at: now) }
        take()
    }

    /// What is sent next, on whatever connection the client asks for until then.
    mutating func sentNext() -> [String] {
        for _ in 0..<1000 {
            if log.count(where: { $0.hasPrefix("connect") }) > connects { connect() }
            let commands = sent()
            if !commands.isEmpty { return commands }
            advance(milliseconds: 10)
        }
        return []
    }

    private mutating func take() {
        for action in core.takeActions() {
            switch action {
            case .connect(let lane, let endpoint): log.append("connect \(lane) to \(endpoint)")
            case .close(let lane): log.append("close \(lane)")
            case .finish(let call, let result): results[call] = result
            case .closed: log.append("closed")
            }
        }
    }
}
