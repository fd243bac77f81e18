// SPDX-License-Identifier: Apache-2.0

import Raft

/// Finds the arguments of a command in its bytes, checking everything that applying relies on.
struct CommandParser {
    private let bytes: ByteView
    private let offset: Int
    private var position = 0

    /// - Parameter offset: Where the bytes start in the array they are part of, for error messages.
    init(_ bytes: ByteView, offset: Int) {
        self.bytes = bytes
        self.offset = offset
    }

    mutating func parse() throws(DecodingFailure) -> (KVCommand.Kind, KVCommand.Layout) {
        let number = try read(UInt8.self)
        guard let kind = KVCommand.Kind(rawValue: number) else {
            throw failure("a kind of command, not \(number)", at: 0)
        }
        var layout = KVCommand.Layout()
        switch kind {
        case .get, .strlen, .ttl, .pttl, .type, .persist: layout.key = try key()
        case .dbSize, .flushAll: break
        case .mget, .exists, .del: try list(into: &layout, withValues: false)
        case .mset: try list(into: &layout, withValues: true)
        case .set:
            layout.options = try setOptions()
            layout.key = try key()
            layout.value = try value()
        case .incrBy:
            layout.number = try read(Int64.self)
            layout.key = try key()
        case .append:
            let limit = Int(try read(UInt32.self))
            guard limit <= KVStore.Options.largestValueBytes else {
                throw failure("a limit a value may have, not \(limit)", at: position - 4)
            }
            layout.number = Int64(limit)
            layout.key = try key()
            layout.value = try value()
        case .expire:
            layout.options = try setOptions()
            guard case .deadline = layout.options.expiry, layout.options.condition == .always,
                !layout.options.returnsOldValue
            else { throw failure("a deadline and nothing else", at: 1) }
            layout.key = try key()
        }
        layout.length = position
        return (kind, layout)
    }

    private mutating func list(
        into layout: inout KVCommand.Layout, withValues: Bool
    ) throws(DecodingFailure) {
        layout.count = try read(UInt32.self)
        guard layout.count > 0 else { throw failure("at least one key", at: position - 4) }
        let start = position
        for _ in 0..<layout.count {
            _ = try key()
            if withValues { _ = try value() }
        }
        layout.key = start..<position
    }

    private mutating func setOptions() throws(DecodingFailure) -> SetOptions {
        let start = position
        let flags = try read(UInt8.self)
        guard flags < 1 << 5, let condition = SetOptions.Condition(rawValue: flags & 3) else {
            throw failure("flags of a SET or an EXPIRE, not \(flags)", at: start)
        }
        var options = SetOptions(condition: condition, returnsOldValue: flags & 4 != 0)
        switch flags >> 3 {
        case 0: return options
        case 1:
            options.expiry = .keep
            return options
        case let form:
            let number = try read(UInt8.self)
            guard let name = KVExpiryCommand(rawValue: number) else {
                throw failure("a command with a time, not \(number)", at: start + 1)
            }
            let time = try read(Int64.self)
            options.name = name
            options.expiry = .deadline(
                form == 2 ? .after(milliseconds: time) : .at(milliseconds: time))
            return options
        }
    }

    private mutating func key() throws(DecodingFailure) -> Range<Int> {
        try counted(limit: KVStore.Options.largestKeyBytes)
    }

    private mutating func value() throws(DecodingFailure) -> Range<Int> {
        try counted(limit: KVStore.Options.largestValueBytes)
    }

    @inline(__always)
    private mutating func counted(limit: Int) throws(DecodingFailure) -> Range<Int> {
        let count = Int(try read(UInt32.self))
        guard count <= limit, count <= bytes.count - position else {
            throw failure(
                "at most \(min(limit, bytes.count - position)) bytes, not \(count)",
                at: position - 4)
        }
        defer { position += count }
        return position..<position + count
    }

    @inline(__always)
    private mutating func read<T: FixedWidthInteger & BitwiseCopyable>(
        _: T.Type
    ) throws(DecodingFailure) -> T {
        let width = T.bitWidth / 8
        guard width <= bytes.count - position else {
            throw failure("\(width) bytes, not \(bytes.count - position)", at: position)
        }
        defer { position += width }
        return bytes.load(T.self, at: position)
    }

    @inline(never)
    private func failure(_ expected: String, at position: Int) -> DecodingFailure {
        DecodingFailure(expected, at: offset + position)
    }
}

/// Walks over keys, or keys and values, that a ``CommandParser`` has accepted.
struct ArgumentList {
    private let bytes: ByteView
    private var position = 0

    init(_ bytes: ByteView) { self.bytes = bytes }

    /// The next key or value, or nil after the last.
    mutating func next() -> ByteView? {
        guard position < bytes.count else { return nil }
        let start = position + 4
        position = start + Int(bytes.load(UInt32.self, at: position))
        return bytes[start..<position]
    }
}
