// SPDX-License-Identifier: Apache-2.0

/// What can be a key or a value: bytes, or a text, which is stored as UTF-8.
public protocol StoredBytes: Sendable {
    /// The bytes to be stored.
    var storedBytes: [UInt8] { get }
}

extension String: StoredBytes {
    /// The text as UTF-8.
    public var storedBytes: [UInt8] { Array(utf8) }
}

extension [UInt8]: StoredBytes {
    /// The bytes themselves.
    public var storedBytes: [UInt8] { self }
}
