// SPDX-License-Identifier: Apache-2.0

public import RESP

/// Why a command has no result, told apart by what it means for the data.
public enum ClientError: Error, Sendable, Equatable, CustomStringConvertible {
    /// No connection came about, so nothing was sent.
    case cannotConnect(endpoint: String, reason: String)

    /// A write was sent and may or may not take effect, and it can't be found out by repeating it.
    case outcomeUnknown(endpoint: String, reason: String)

    /// The command was certainly not executed (`-CLUSTERDOWN`, `-BUSY`, `-LOADING`, or the client did not even
    /// send it: then there is no endpoint).
    case notExecuted(endpoint: String, message: String)

    /// The write was executed once, but its reply is no longer to be had: it was long, and got lost on its
    /// way.
    case replyGone(endpoint: String, message: String)

    /// The server refused the command; the text starts with the error's code.
    case server(message: String)

    /// The server sent what is no reply; no write was on its way.
    case protocolError(endpoint: String, reason: String)

    /// No reply came in time; no write was on its way as a whole.
    case timeout(endpoint: String, milliseconds: Int)

    /// The connection ended before the reply; no write was on its way as a whole.
    case connectionLost(endpoint: String, reason: String)

    /// The task was cancelled; no write was on its way.
    case cancelled

    /// Whether the data may be changed by the command all the same.
    ///
    /// If not, it certainly is not: neither now nor later.
    public var mayHaveTakenEffect: Bool {
        switch self {
        case .outcomeUnknown, .replyGone: true
        case .cannotConnect, .notExecuted, .server, .protocolError, .timeout, .connectionLost,
            .cancelled:
            false
        }
    }

    /// What happened and where, in one sentence.
    public var description: String {
        switch self {
        case .cannotConnect(let endpoint, let reason): "cannot connect to \(endpoint): \(reason)"
        case .outcomeUnknown(let endpoint, let reason):
            "outcome unknown at \(endpoint): \(reason)"
        case .notExecuted("", let message): "not executed: \(message)"
        case .notExecuted(let endpoint, let message): "not executed by \(endpoint): \(message)"
        case .replyGone(let endpoint, let message):
            "executed by \(endpoint), but the reply is gone: \(message)"
        case .server(let message): message
        case .protocolError(let endpoint, let reason):
            "\(endpoint) does not speak the Redis protocol: \(reason)"
        case .timeout(let endpoint, let milliseconds):
            "no reply from \(endpoint) within \(milliseconds) ms"
        case .connectionLost(let endpoint, let reason): "connection to \(endpoint) lost: \(reason)"
        case .cancelled: "cancelled; not executed"
        }
    }

    /// The error that `reply` stands for, or nil if it is a result.
    public init?(reply: Value, from endpoint: String) {
        guard case .error(let message) = reply else { return nil }
        // By bytes: to look for characters costs more than all else that is done for a reply.
        switch message[..<(message.utf8.firstIndex(of: UInt8(ascii: " ")) ?? message.endIndex)] {
        case "INDOUBT", "ACKNOWLEDGED": self = .outcomeUnknown(endpoint: endpoint, reason: message)
        case "CLUSTERDOWN", "BUSY", "LOADING", "TRYAGAIN", "MASTERDOWN":
            self = .notExecuted(endpoint: endpoint, message: message)
        case "ERR" where message.hasPrefix("ERR max number of clients"):
            self = .notExecuted(endpoint: endpoint, message: message)
        case "REPLYGONE": self = .replyGone(endpoint: endpoint, message: message)
        default: self = .server(message: message)
        }
    }
}
