// SPDX-License-Identifier: Apache-2.0

/// A name that a client without a session gives a command, so that the command can be recognised however
/// often, and on whatever member, it is proposed.
///
/// The first time the command is carried out and its output kept; a repeat within the window gets that
/// output and has no effect. Whoever draws 128 random bits for each command need not fear to meet
/// another's name.
public struct CommandToken: Hashable, Sendable {
    /// 1 to 64 bytes.
    public let bytes: [UInt8]
    /// For how long, counted from the first time, repeats are recognised, in milliseconds of cluster time:
    /// from 1 to an hour. That of a repeat counts for nothing.
    public let window: UInt32

    /// How many bytes a token may have.
    public static let lengths = 1...64
    /// How long a window may be, in milliseconds.
    public static let windows: ClosedRange<UInt32> = 1...3_600_000
    /// The window where nothing else was said: two minutes, in milliseconds.
    public static let defaultWindow: UInt32 = 120_000

    /// Names a command.
    public init(_ bytes: [UInt8], window: UInt32 = defaultWindow) {
        precondition(Self.lengths.contains(bytes.count), "a token of \(bytes.count) bytes")
        precondition(Self.windows.contains(window), "a window of \(window) ms")
        self.bytes = bytes
        self.window = window
    }
}

extension CommandToken: WireCodable {
    /// Reads the window in four bytes, a length in one, and as many bytes.
    public init(from reader: inout ByteReader) throws(DecodingFailure) {
        let offset = reader.position
        let window = try reader.read(UInt32.self)
        let length = Int(try reader.read(UInt8.self))
        guard Self.windows.contains(window), Self.lengths.contains(length) else {
            throw DecodingFailure("a token, not \(length) bytes for \(window) ms", at: offset)
        }
        self.init(try reader.read(count: length), window: window)
    }

    /// Writes the window in four bytes, the length in one, and the bytes.
    public func write(to writer: inout ByteWriter) {
        writer.write(window)
        writer.write(UInt8(bytes.count))
        writer.write(raw: bytes)
    }
}
