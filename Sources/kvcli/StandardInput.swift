// SPDX-License-Identifier: Apache-2.0

import Platform
import RESP

/// Standard input, read as a whole or line by line.
struct StandardInput {
    /// The most bytes a line or value may have; a server takes no larger argument.
    static let maximumBytes = 512 * 1024 * 1024

    private var buffer: [UInt8] = []
    private var start = 0
    private var hasEnded = false

    /// Everything up to the end.
    mutating func all() throws(Complaint) -> [UInt8] {
        while try readMore() {}
        return buffer
    }

    /// The next line without its end, or nil after the last.
    mutating func nextLine() throws(Complaint) -> [UInt8]? {
        var searched = start
        while true {
            if let end = buffer[searched...].firstIndex(of: UInt8(ascii: "\n")) {
                defer { start = end + 1 }
                let hasReturn = end > start && buffer[end - 1] == UInt8(ascii: "\r")
                return Array(buffer[start..<(hasReturn ? end - 1 : end)])
            }
            buffer.removeFirst(start)
            start = 0
            searched = buffer.count
            guard try readMore() else { break }
        }
        defer { buffer = [] }
        return buffer.isEmpty ? nil : buffer
    }

    /// The next command, a line or in the bytes of Redis' protocol; nil after the last.
    mutating func nextCommand(_ parser: inout RequestParser) throws(Complaint) -> [[UInt8]]? {
        while true {
            let (command, consumed) = try parse(&parser)
            start += consumed
            if let command { return command }
            if consumed > 0 { continue }
            buffer.removeFirst(start)
            start = 0
            if try readMore() { continue }
            if buffer.isEmpty { return nil }
            guard buffer.last != UInt8(ascii: "\n") else {
                throw Complaint("standard input ends within a command", .invalidInput)
            }
            // The last line may lack its end.
            buffer.append(UInt8(ascii: "\n"))
        }
    }

    /// A command at the start of what was read, and how many bytes are done with.
    private func parse(
        _ parser: inout RequestParser
    ) throws(Complaint) -> (command: [[UInt8]]?, consumed: Int) {
        let bytes = buffer.span.extracting(droppingFirst: start)
        switch parser.parse(bytes) {
        case .command(let count, let consumed):
            let command = parser.withArguments(in: bytes) { arguments in
                (0..<count).map { arguments.bytes(at: $0) }
            }
            return (command, consumed)
        case .empty(let consumed): return (nil, consumed)
        case .incomplete: return (nil, 0)
        case .failure(let error):
            throw Complaint("standard input holds no command: \(error.message)", .invalidInput)
        }
    }

    /// Reads once; false at the end.
    private mutating func readMore() throws(Complaint) -> Bool {
        guard !hasEnded else { return false }
        guard buffer.count <= Self.maximumBytes else {
            throw Complaint("standard input holds a value of more than 512 MiB", .invalidInput)
        }
        do throws(SystemError) {
            let input = FileDescriptor.standardInput
            while true {
                switch try input.read(appendingTo: &buffer) {
                case .bytes: return true
                case .endOfFile, .bufferFull:
                    hasEnded = true
                    return false
                case .wouldBlock: _ = try input.wait(for: .read, timeoutMilliseconds: -1)
                }
            }
        } catch {
            throw Complaint("cannot read standard input: \(error)", .inputOutput)
        }
    }
}
