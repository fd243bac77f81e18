// SPDX-License-Identifier: Apache-2.0

/// How much a client may ask a ``RequestParser`` to hold; the defaults are those of Redis 7.
public struct RequestLimits: Sendable, Equatable {
    /// The most arguments one command may have, its name included.
    public var maximumArguments: Int

    /// The most bytes one argument may have (`proto-max-bulk-len`).
    public var maximumBulkBytes: Int

    /// The most bytes an inline command, or the line that announces a length, may have.
    public var maximumInlineBytes: Int

    /// The most bytes a whole command may have on the wire: the bound of the receive buffer.
    public var maximumRequestBytes: Int

    /// Creates limits.
    ///
    /// - Parameters:
    ///   - maximumArguments: arguments per command, 1 or more.
    ///   - maximumBulkBytes: bytes per argument, 0 or more.
    ///   - maximumInlineBytes: bytes per inline command, 1 or more.
    ///   - maximumRequestBytes: bytes per command, at least `maximumInlineBytes`.
    public init(
        maximumArguments: Int = 1024 * 1024,
        maximumBulkBytes: Int = 512 * 1024 * 1024,
        maximumInlineBytes: Int = 64 * 1024,
        maximumRequestBytes: Int = 1024 * 1024 * 1024
    ) {
        precondition(maximumArguments > 0, "maximumArguments is \(maximumArguments)")
        precondition(maximumBulkBytes >= 0, "maximumBulkBytes is \(maximumBulkBytes)")
        precondition(maximumInlineBytes > 0, "maximumInlineBytes is \(maximumInlineBytes)")
        precondition(
            maximumRequestBytes >= maximumInlineBytes,
            "maximumRequestBytes is \(maximumRequestBytes), an inline command may have"
                + " \(maximumInlineBytes)")
        self.maximumArguments = maximumArguments
        self.maximumBulkBytes = maximumBulkBytes
        self.maximumInlineBytes = maximumInlineBytes
        self.maximumRequestBytes = maximumRequestBytes
    }
}
