// SPDX-License-Identifier: Apache-2.0

public import Platform

/// The members a client knows, and which one it talks to.
public struct EndpointList: Sendable, Equatable {
    /// All endpoints, in the order given; never none.
    public let addresses: [SocketAddress]

    private var index = 0

    /// Creates a list of one or more addresses; the first is the current one.
    public init(_ addresses: [SocketAddress]) {
        precondition(!addresses.isEmpty, "a client needs an endpoint")
        self.addresses = addresses
    }

    /// The endpoint to talk to.
    public var current: SocketAddress { addresses[index] }

    /// Goes on to the next endpoint, after the last to the first.
    public mutating func advance() {
        index = (index + 1) % addresses.count
    }
}
