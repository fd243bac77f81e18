// SPDX-License-Identifier: Apache-2.0

package import Raft

/// How long to wait before dialing again.
///
/// Doubles from 10 ms to at most 250 ms, below any election timeout: a peer that is back must be heard
/// before the next election, not after it (hashicorp/raft#494). Each pause is a random part, between
/// half and all, of the nominal one, so that members which lost each other at once don't meet again and
/// again while both are busy.
package struct Backoff: Sendable {
    /// The nominal first pause.
    package static let first = Interval.milliseconds(10)
    /// The longest pause.
    package static let longest = Interval.milliseconds(250)
    /// The longest pause after a refusal, which only a person can put right; short enough that a member
    /// started again on the right directory, or on another wrong one, learns of it within a second.
    package static let afterRefusal = Interval.seconds(1)

    private var random: SplitMix64
    private var failures: UInt64 = 0

    /// Creates the pauses of one connection; equal generators give equal pauses.
    package init(random: SplitMix64) { self.random = random }

    /// The pause after one more failure.
    package mutating func next() -> Interval {
        let nominal = min(Self.longest, Self.first * (1 << min(failures, 10)))
        failures += 1
        return jittered(nominal)
    }

    /// The pause after a refusal.
    package mutating func nextAfterRefusal() -> Interval { jittered(Self.afterRefusal) }

    /// Starts from the first pause again.
    package mutating func reset() { failures = 0 }

    private mutating func jittered(_ nominal: Interval) -> Interval {
        let half = nominal.nanoseconds / 2
        return Interval(nanoseconds: half + random.next(below: half + 1))
    }
}
