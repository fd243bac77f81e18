// SPDX-License-Identifier: Apache-2.0

public import KVStateMachine

/// What a ``Gateway`` may hold, and what it says of the process it is in.
public struct GatewayOptions: Sendable {
    /// The most connections at a time; further ones are refused.
    public var maximumClients = 10_000

    /// The most commands of one connection that are not answered yet; further ones wait unread.
    public var maximumPipeline = 16_384

    /// The most commands of one connection in the log that answer with a value of the store.
    ///
    /// Their outputs are made where the log is applied, whether the client takes replies or not.
    public var maximumLogReads = 256

    /// Bytes of replies of one connection, not taken by the client, above which its commands wait.
    ///
    /// A single reply may be longer. Reads under way that would add to more than that are asked
    /// again when the client has taken some.
    public var maximumOutputBytes = 8 << 20

    /// Bytes of commands of all connections on their way through the log or waiting for a read,
    /// above which further commands wait unread.
    ///
    /// With one command more, less than a member's own bound: nothing is refused for want of room
    /// there.
    public var maximumInFlightBytes = 24 << 20

    /// Bytes of a connection that are kept while its commands wait; then its socket is not read.
    public var maximumUnreadBytes = 64 << 10

    /// About how many bytes of a turn's commands travel to the leader together.
    public var chunkBytes = 128 << 10

    /// The longest reply to `MGET`, in bytes; through the log it is ``KVStore/maximumReplyBytes``.
    public var maximumReplyBytes = KVStore.maximumReplyBytes

    /// The longest argument, in bytes (`proto-max-bulk-len`): longer ones end the connection.
    public var maximumArgumentBytes = 64 << 20

    /// The longest command, in bytes.
    public var maximumCommandBytes = 128 << 20

    /// What keys, values and commands may measure.
    public var store = KVStore.Options()

    /// The version of the program, such as `1.2.0`.
    public var version = "0.1.0"

    /// The number of the process, for `INFO`.
    public var processID: Int32 = 0

    /// The port clients connect to, for `INFO`.
    public var port: UInt16 = 0

    /// 40 hexadecimal digits that no other run of the process has, for `INFO`.
    public var runID = String(repeating: "0", count: 40)

    /// Creates options with the defaults that are documented with each.
    public init() {}

    /// The version of Redis whose behaviour is taken for right, as clients look for one.
    static let redisVersion = "7.0.15"
}
