// SPDX-License-Identifier: Apache-2.0

/// Which programs there are, and which of them members begin with.
public struct VersionProfile: Hashable, Sendable {
    /// How many programs there are, each of which can run one machine version more than the one before; with 1
    /// all members run the same.
    ///
    /// A machine that declares several versions has at most as many programs; one that declares a single version
    /// does the same in all of them.
    public var count: UInt64 = 1
    /// Whether members begin with any of the programs, each with one of its own; if not, all with the oldest.
    public var isMixed = true

    /// One program.
    public init() {}
}
