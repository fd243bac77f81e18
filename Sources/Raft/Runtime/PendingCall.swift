// SPDX-License-Identifier: Apache-2.0

internal import Platform

/// What a node's loop knows of a call that its caller may take back.
protocol RevocableCall: AnyObject, Sendable {
    /// The loop takes the call up, to be known by a number.
    /// - Returns: False if it was taken back before: there is nothing to do.
    func begin(as number: UInt64) -> Bool
    /// The number that the loop took it up by.
    var number: UInt64? { get }
}

/// A caller that waits for one answer, from whoever is the first to have one. Thread-safe.
final class PendingCall<Value: Sendable>: RevocableCall {
    private enum State: Sendable {
        /// The caller does not wait yet.
        case new
        /// Nobody has taken the call up.
        case waiting(CheckedContinuation<Value, Never>)
        /// The loop has.
        case begun(CheckedContinuation<Value, Never>, UInt64)
        /// Answered before the caller waited.
        case early(Value)
        case answered
    }

    private let state = Locked(State.new)

    /// The caller waits from now on.
    func arm(_ continuation: CheckedContinuation<Value, Never>) {
        let early: Value? = state.withLock { state in
            switch state {
            case .new:
                state = .waiting(continuation)
                return nil
            case .early(let value):
                state = .answered
                return value
            case .waiting, .begun, .answered: preconditionFailure("armed twice")
            }
        }
        if let early { continuation.resume(returning: early) }
    }

    func begin(as number: UInt64) -> Bool {
        state.withLock { state in
            guard case .waiting(let continuation) = state else { return false }
            state = .begun(continuation, number)
            return true
        }
    }

    var number: UInt64? {
        state.withLock { state in
            guard case .begun(_, let number) = state else { return nil }
            return number
        }
    }

    /// Answers; does nothing if that has happened already.
    func fulfil(_ value: Value) {
        let continuation: CheckedContinuation<Value, Never>? = state.withLock { state in
            switch state {
            case .waiting(let continuation), .begun(let continuation, _):
                state = .answered
                return continuation
            case .new, .early, .answered: return nil
            }
        }
        continuation?.resume(returning: value)
    }

    /// Takes the call back.
    /// - Parameter value: The answer if the loop has not taken it up.
    /// - Returns: Whether the loop has, and has yet to answer.
    func revoke(_ value: Value) -> Bool {
        let (continuation, hasBegun): (CheckedContinuation<Value, Never>?, Bool) =
            state.withLock { state in
                switch state {
                case .new:
                    state = .early(value)
                    return (nil, false)
                case .waiting(let continuation):
                    state = .answered
                    return (continuation, false)
                case .begun: return (nil, true)
                case .early, .answered: return (nil, false)
                }
            }
        continuation?.resume(returning: value)
        return hasBegun
    }
}
