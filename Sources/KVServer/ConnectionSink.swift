// SPDX-License-Identifier: Apache-2.0

/// Where a ``Gateway`` puts its replies: the sockets.
///
/// Called only from within ``Gateway/flush(to:)``; must not call the gateway.
public protocol ConnectionSink: AnyObject {
    /// Sends bytes, as many as the socket takes at once.
    /// - Returns: How many it took, or nil if the connection is broken: then it is forgotten, and
    ///   closed.
    func write(_ bytes: UnsafeRawBufferPointer, to connection: ConnectionID) -> Int?

    /// Says what to wait for from now on; at the start of a connection, it is reading alone.
    func wait(for interest: ConnectionInterest, on connection: ConnectionID)

    /// Closes a connection, of which nothing more will be said.
    func close(_ connection: ConnectionID)
}
