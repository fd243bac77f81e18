// SPDX-License-Identifier: Apache-2.0

/// Names one connection of a ``Gateway``, for as long as the gateway lives: ids are not given
/// twice.
public struct ConnectionID: Hashable, Sendable {
    /// The place in the gateway's table, 0 or more; given again when the connection has ended.
    /// Whoever does the input and output may use it as an index of its own.
    public let index: UInt32
    /// How many connections had the place before.
    public let generation: UInt32
}
