// SPDX-License-Identifier: Apache-2.0
internal import Glibc

/// Standard output and standard error without a buffer.
public enum Console {
    /// Where a text goes.
    public enum Stream: Sendable {
        /// Descriptor 1.
        case standardOutput
        /// Descriptor 2.
        case standardError
    }

    /// Writes the whole text in one system call where the kernel takes it at once.
    ///
    /// Nothing is added: end lines yourself. Errors are ignored (who reads may be gone); false says so.
    @discardableResult
    public static func write(_ text: String, to stream: Stream) -> Bool {
        write(Array(text.utf8), to: stream)
    }

    /// Writes all bytes; false if they could not be written.
    @discardableResult
    public static func write(_ bytes: [UInt8], to stream: Stream) -> Bool {
        let fd: FileDescriptor
        switch stream {
        case .standardOutput: fd = .standardOutput
        case .standardError: fd = .standardError
        }
        return bytes.withUnsafeBytes { buffer in
            var rest = buffer[...]
            while !rest.isEmpty {
                do throws(SystemError) {
                    switch try fd.write(UnsafeRawBufferPointer(rebasing: rest)) {
                    case .bytes(let count): rest = rest.dropFirst(count)
                    case .wouldBlock: _ = try fd.wait(for: .write, timeoutMilliseconds: -1)
                    }
                } catch {
                    return false
                }
            }
            return true
        }
    }
}
