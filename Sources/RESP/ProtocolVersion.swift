// SPDX-License-Identifier: Apache-2.0

/// The version of the protocol that a connection speaks, as `HELLO` sets it.
public enum ProtocolVersion: Int, Sendable, Equatable, CaseIterable {
    /// RESP2, which every connection starts with.
    case resp2 = 2
    /// RESP3, which tells maps, sets, doubles, booleans and nulls apart.
    case resp3 = 3
}
