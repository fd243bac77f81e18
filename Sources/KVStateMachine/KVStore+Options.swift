// SPDX-License-Identifier: Apache-2.0

extension KVStore {
    /// How much one command may ask the store to hold.
    ///
    /// Checked at the door, by ``KVCommandEncoder``, on the member that a client talks to. Applying
    /// a command never depends on them (the one limit that applies later, that of APPEND, travels
    /// in the command), so members with different options still agree.
    public struct Options: Hashable, Sendable {
        /// The most bytes of a key.
        public let maximumKeyBytes: Int
        /// The most bytes of a value.
        public let maximumValueBytes: Int
        /// The most bytes of an encoded command.
        public let maximumCommandBytes: Int

        /// What the format allows, and the default for ``maximumKeyBytes``: 64 KiB.
        public static let largestKeyBytes = 64 << 10
        /// What the format allows, and the default for ``maximumValueBytes``: 32 MiB, so that a SET
        /// fits an entry of the log (64 MiB) with room to spare.
        public static let largestValueBytes = 32 << 20
        /// What the format allows, and the default for ``maximumCommandBytes``: 63 MiB, which
        /// leaves an entry of the log 1 MiB for its own.
        public static let largestCommandBytes = 63 << 20

        /// Creates options.
        /// - Parameters:
        ///   - maximumKeyBytes: 1 … ``largestKeyBytes``.
        ///   - maximumValueBytes: 1 … ``largestValueBytes``.
        ///   - maximumCommandBytes: 1 … ``largestCommandBytes``.
        public init(
            maximumKeyBytes: Int = largestKeyBytes,
            maximumValueBytes: Int = largestValueBytes,
            maximumCommandBytes: Int = largestCommandBytes
        ) {
            precondition(
                (1...Self.largestKeyBytes).contains(maximumKeyBytes),
                "maximumKeyBytes is \(maximumKeyBytes), not 1 … \(Self.largestKeyBytes)")
            precondition(
                (1...Self.largestValueBytes).contains(maximumValueBytes),
                "maximumValueBytes is \(maximumValueBytes), not 1 … \(Self.largestValueBytes)")
            precondition(
                (1...Self.largestCommandBytes).contains(maximumCommandBytes),
                "maximumCommandBytes is \(maximumCommandBytes), not 1 …"
                    + " \(Self.largestCommandBytes)")
            self.maximumKeyBytes = maximumKeyBytes
            self.maximumValueBytes = maximumValueBytes
            self.maximumCommandBytes = maximumCommandBytes
        }
    }

    /// The most bytes of values that one answer may hold: 64 MiB.
    ///
    /// An MGET that would give more is answered with ``KVError/replyTooLarge(limit:)``.
    public static let maximumReplyBytes = 64 << 20
}
