// SPDX-License-Identifier: Apache-2.0

extension KVClient {
    /// How a client goes about its work.
    public struct Options: Sendable, Equatable {
        /// How writes are made recognisable, so that they can be repeated without taking effect twice.
        public enum WriteProtection: Sendable, Equatable {
            /// By a session of the client (`KV.ONCE`), opened with its first write.
            case session
            /// Each by a token of its own (`KV.IDEM`): nothing has to be opened, which is less to do for a
            /// few writes and more for many.
            case token
            /// Not at all: a write that may have been executed is never repeated.
            case none
        }

        /// What reads are answered from.
        public enum Consistency: Sendable, Equatable {
            /// What was acknowledged anywhere before the read began is seen.
            case linearizable
            /// What the member that is asked has, which may be old.
            case stale
        }

        /// How writes are protected against taking effect twice.
        public var writeProtection = WriteProtection.session

        /// What reads are answered from.
        public var consistency = Consistency.linearizable

        /// How many connections there are at most, 1 to 64, opened as they are needed.
        ///
        /// The n-th one prefers the n-th endpoint, so that the death of a member delays a part of the calls.
        public var connections = 3

        /// How long a call takes at most, with all retries, unless it says otherwise.
        public var timeout = Duration.seconds(15)

        /// How long a connection may take to come about.
        public var connectTimeout = Duration.seconds(1)

        /// How long a member that owes a reply may be silent before others are asked.
        ///
        /// Members answer within 3 seconds; less than that makes a client ask twice for what goes well.
        public var patience = Duration.seconds(4)

        /// When to try again. By default until the call's time is up.
        public var retries = RetryPolicy(rounds: RetryPolicy.untilTimeout)

        /// How long the session outlives the client's last sign of life, 1 second to a day.
        public var sessionLifetime = Duration.seconds(60)

        /// How many writes of the session may be under way, 1 to 512; further ones wait.
        public var window = 512

        /// How many calls may be under way or wait, 1 or more; more are refused.
        public var maximumCalls = 65_536

        /// Whether commands may change the state of the connection (`SELECT`, `MULTI` …): only where one
        /// program uses a client of one connection by itself.
        package var isExclusive = false

        /// Creates the defaults.
        public init() {}

        func check() {
            precondition(1...64 ~= connections, "\(connections) connections, not 1 to 64")
            precondition(1...512 ~= window, "a window of \(window) writes, not 1 to 512")
            precondition(maximumCalls > 0, "maximumCalls is \(maximumCalls)")
            precondition(
                .seconds(1)...(.seconds(86_400)) ~= sessionLifetime,
                "a session of \(sessionLifetime), not 1 second to a day")
            precondition(!isExclusive || connections == 1, "exclusive with \(connections)")
        }
    }
}

extension Duration {
    /// In nanoseconds, 0 to a year, which is as good as for ever.
    var nanoseconds: UInt64 {
        let (seconds, attoseconds) = components
        if seconds < 0 || attoseconds < 0 { return 0 }
        if seconds > 365 * 86_400 { return 365 * 86_400 * 1_000_000_000 }
        return UInt64(seconds) * 1_000_000_000 + UInt64(attoseconds) / 1_000_000_000
    }

    /// In milliseconds, rounded up, 0 to a year.
    var milliseconds: Int { Int((nanoseconds + 999_999) / 1_000_000) }
}
