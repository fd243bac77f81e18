// SPDX-License-Identifier: Apache-2.0

extension RequestParser {
    /// Reads one command from the start of `bytes`; see ``parse(_:)-(Span<UInt8>)``.
    public mutating func parse(_ bytes: UnsafeRawBufferPointer) -> Result {
        let bytes = unsafe bytes.assumingMemoryBound(to: UInt8.self)
        return parse(unsafe bytes.span)
    }

    /// Reads one command from the start of `bytes`; see ``parse(_:)-(Span<UInt8>)``.
    public mutating func parse(_ bytes: RawSpan) -> Result {
        unsafe bytes.withUnsafeBytes { buffer in unsafe parse(buffer) }
    }

    /// Calls `body` with the arguments of the command found last.
    ///
    /// - Parameters:
    ///   - bytes: the same bytes that `parse` was given.
    ///   - body: must not keep the arguments.
    public func withArguments<Success, Failure: Error>(
        in bytes: UnsafeRawBufferPointer,
        _ body: (RequestArguments) throws(Failure) -> Success
    ) throws(Failure) -> Success {
        if isInline {
            return try unsafe inlineBytes.span.bytes.withUnsafeBytes {
                (buffer: UnsafeRawBufferPointer) throws(Failure) in
                try body(unsafe RequestArguments(source: buffer, ranges: arguments))
            }
        }
        return try body(unsafe RequestArguments(source: bytes, ranges: arguments))
    }

    /// Calls `body` with the arguments of the command found last.
    ///
    /// - Parameters:
    ///   - bytes: the same bytes that `parse` was given.
    ///   - body: must not keep the arguments.
    public func withArguments<Success, Failure: Error>(
        in bytes: RawSpan,
        _ body: (RequestArguments) throws(Failure) -> Success
    ) throws(Failure) -> Success {
        try unsafe bytes.withUnsafeBytes { (buffer: UnsafeRawBufferPointer) throws(Failure) in
            try unsafe withArguments(in: buffer, body)
        }
    }

    /// Calls `body` with the arguments of the command found last.
    ///
    /// - Parameters:
    ///   - bytes: the same bytes that `parse` was given.
    ///   - body: must not keep the arguments.
    public func withArguments<Success, Failure: Error>(
        in bytes: Span<UInt8>,
        _ body: (RequestArguments) throws(Failure) -> Success
    ) throws(Failure) -> Success {
        try withArguments(in: unsafe bytes.bytes, body)
    }
}
