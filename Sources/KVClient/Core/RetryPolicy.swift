// SPDX-License-Identifier: Apache-2.0

/// When a failed command may be sent again, where and after how long; a pure value.
///
/// The rule: a read may always be asked again; so may a write that is recognised when it is repeated;
/// any other write only when it certainly was not executed, that is when no connection came about,
/// its bytes did not all leave, or the cluster said so. Giving up on a stamped write that may
/// have been executed would leave its outcome unknown: that is repeated for as long as its caller waits.
public struct RetryPolicy: Sendable, Equatable {
    /// What to do about a failure.
    public enum Decision: Sendable, Equatable {
        /// Report the failure.
        case giveUp
        /// Wait so many milliseconds, then try the next endpoint.
        case tryNextEndpoint(afterMilliseconds: Int)
    }

    /// So many rounds that a call's time is up before.
    public static let untilTimeout = 1_000_000

    /// How often every endpoint is tried, 1 or more.
    public var rounds: Int

    /// The delay before the second round, in milliseconds; it doubles from round to round.
    public var baseDelayMilliseconds: Int

    /// The longest delay, in milliseconds.
    public var maximumDelayMilliseconds: Int

    /// Creates a policy; see the properties.
    public init(
        rounds: Int = 3, baseDelayMilliseconds: Int = 50, maximumDelayMilliseconds: Int = 1000
    ) {
        precondition(rounds > 0, "rounds is \(rounds)")
        precondition(
            0 <= baseDelayMilliseconds && baseDelayMilliseconds <= maximumDelayMilliseconds,
            "delays from \(baseDelayMilliseconds) to \(maximumDelayMilliseconds) ms")
        self.rounds = rounds
        self.baseDelayMilliseconds = baseDelayMilliseconds
        self.maximumDelayMilliseconds = maximumDelayMilliseconds
    }

    /// Decides about the failure of one attempt.
    ///
    /// - Parameters:
    ///   - error: how the attempt failed.
    ///   - effect: what the command does.
    ///   - attempt: the number of the attempt, from 1.
    ///   - endpointCount: how many endpoints there are, 1 or more.
    ///   - random: random bits, which spread the delays of many clients.
    public func decision(
        after error: ClientError, effect: CommandEffect, attempt: Int, endpointCount: Int,
        random: UInt64
    ) -> Decision {
        precondition(attempt > 0, "attempt is \(attempt)")
        precondition(endpointCount > 0, "endpointCount is \(endpointCount)")
        guard isSafeToRepeat(after: error, effect) else { return .giveUp }
        guard attempt < rounds * endpointCount || isToBeFoundOut(after: error, effect) else {
            return .giveUp
        }
        // Within a round the next endpoint may simply be healthier: no reason to wait.
        guard attempt % endpointCount == 0 else { return .tryNextEndpoint(afterMilliseconds: 0) }
        return .tryNextEndpoint(
            afterMilliseconds: delay(afterRounds: attempt / endpointCount, random: random))
    }

    /// The delay after so many rounds in vain, 1 or more, in milliseconds.
    func delay(afterRounds rounds: Int, random: UInt64) -> Int {
        let doublings = min(rounds - 1, 20)
        let ceiling = min(maximumDelayMilliseconds, baseDelayMilliseconds << doublings)
        let half = ceiling / 2
        let jitter = Int(random % UInt64(ceiling - half + 1))
        return half + jitter
    }

    private func isSafeToRepeat(after error: ClientError, _ effect: CommandEffect) -> Bool {
        switch error {
        case .cannotConnect, .notExecuted, .connectionLost, .timeout: true
        case .outcomeUnknown: effect == .read || effect == .stampedWrite
        case .server, .protocolError, .replyGone, .cancelled: false
        }
    }

    private func isToBeFoundOut(after error: ClientError, _ effect: CommandEffect) -> Bool {
        if case .outcomeUnknown = error { effect == .stampedWrite } else { false }
    }
}
