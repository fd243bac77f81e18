// SPDX-License-Identifier: Apache-2.0

/// A seeded generator of random numbers: small, fast, and the same everywhere.
///
/// Sebastiano Vigna's SplitMix64. Not for secrets. Streams for different purposes are split off by
/// label, so that drawing more from one never shifts another.
public struct SplitMix64: RandomNumberGenerator, Sendable {
    private var state: UInt64

    /// Creates a generator; equal seeds give equal sequences.
    public init(seed: UInt64) { state = seed }

    /// The next 64 random bits.
    public mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }

    /// A generator of its own for one purpose, without advancing this one.
    /// - Parameters:
    ///   - label: What the stream is for, such as `"network"`.
    ///   - number: Tells several of one kind apart, such as a member's number.
    public func split(_ label: String, _ number: UInt64 = 0) -> SplitMix64 {
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        for byte in label.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
        var child = SplitMix64(seed: state ^ hash ^ (number &* 0xD6E8_FEB8_6659_FD93))
        return SplitMix64(seed: child.next())
    }

    /// A number below a bound, every value equally likely up to 2^-64.
    /// - Parameter bound: Greater than zero.
    public mutating func next(below bound: UInt64) -> UInt64 {
        precondition(bound > 0, "a random number below zero was asked for")
        return next().multipliedFullWidth(by: bound).high
    }
}
