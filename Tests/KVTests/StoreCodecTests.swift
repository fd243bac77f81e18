// SPDX-License-Identifier: Apache-2.0

import KVStateMachine
import Raft
import Testing

@Suite struct `Commands as bytes` {
    static let operations: [KVCommand.Operation] = [
        .query(.get("key".bytes)), .query(.get([])), .query(.mget(["a".bytes, [], "c".bytes])),
        .query(.exists(["a".bytes])), .query(.strlen("k".bytes)), .query(.ttl("k".bytes)),
        .query(.pttl("k".bytes)), .query(.dbSize), .query(.type("k".bytes)),
        .write(.set("k".bytes, "v".bytes)), .write(.set([], [])),
        .write(.set("k".bytes, "v".bytes, .ifAbsent)),
        .write(.set("k".bytes, "v".bytes, .ifPresent)),
        .write(.set("k".bytes, "v".bytes, .returningOld)),
        .write(.set("k".bytes, "v".bytes, .keepingDeadline)),
        .write(.set("k".bytes, "v".bytes, .after(1))),
        .write(
            .set(
                "k".bytes, "v".bytes,
                SetOptions(
                    condition: .ifPresent, returnsOldValue: true,
                    expiry: .deadline(.at(milliseconds: .max)), name: .setex))),
        .write(.del(["a".bytes, "b".bytes])), .write(.incrBy("k".bytes, .min)),
        .write(.append("k".bytes, "v".bytes, limit: 77)),
        .write(.mset([KVPair("a".bytes, "1".bytes), KVPair([], [])])),
        .write(.expire("k".bytes, .after(milliseconds: .min), name: .expire)),
        .write(.expire("k".bytes, .at(milliseconds: 5), name: .pexpireat)),
        .write(.persist("k".bytes)), .write(.flushAll),
    ]

    static func bytes(_ value: some WireCodable) -> [UInt8] {
        var writer = ByteWriter()
        value.write(to: &writer)
        return writer.bytes
    }

    @Test func `a command says what one would type`() throws {
        let said = try Self.operations.map { try KVCommand($0).description }
        let typed = [
            "MGET a  c", "DBSIZE", "SET k v", "SET k v NX", "SET k v GET", "SET k v PX 1",
            "SET k v XX GET PXAT 9223372036854775807", "DEL a b", "APPEND k v", "FLUSHALL",
            "EXPIRE k PXAT 5",
        ]
        for command in typed { #expect(said.contains(command), "\(said)") }
        let long = [UInt8](repeating: 0x61, count: 33)
        #expect(
            try KVCommand(.query(.get(long))).description
                == "GET \(String(repeating: "a", count: 32))…")
    }

    @Test(arguments: operations)
    func `an operation survives its bytes`(operation: KVCommand.Operation) throws {
        let command = try KVCommand(operation)
        #expect(command.operation == operation)
        // In the middle of others, as in an entry of the log.
        var reader = ByteReader([1, 2, 3] + Self.bytes(command) + [9])
        _ = try reader.skip(3)
        let read = try KVCommand(from: &reader)
        #expect(read.operation == operation)
        #expect(read == command)
        #expect(reader.remaining == 1)
        #expect(Self.bytes(read) == Self.bytes(command))
        if case .query = operation {
            #expect(command.kind.isQuery)
        } else {
            #expect(!command.kind.isQuery)
        }
    }

    @Test(arguments: operations)
    func `a command that is cut short is refused`(operation: KVCommand.Operation) throws {
        let bytes = Self.bytes(try KVCommand(operation))
        for length in 0..<bytes.count {
            #expect(throws: DecodingFailure.self) {
                var reader = ByteReader(bytes, in: 0..<length)
                _ = try KVCommand(from: &reader)
            }
        }
    }

    @Test func `an unknown kind is refused`() {
        for kind in UInt8.min...UInt8.max where KVCommand.Kind(rawValue: kind) == nil {
            #expect(throws: DecodingFailure.self) {
                var reader = ByteReader([kind] + [UInt8](repeating: 0, count: 64))
                _ = try KVCommand(from: &reader)
            }
        }
    }

    @Test func `what no encoder writes is refused`() {
        let key: [UInt8] = [1, 0, 0, 0, 0x6B]
        let time = [UInt8](repeating: 0, count: 8)
        let refused: [[UInt8]] = [
            [64, 3] + key + key,  // NX and XX
            [64, 32] + key + key,  // an unknown flag
            [64, 2 << 3, 99] + time + key + key,  // an unknown command name
            [69, 0] + key,  // EXPIRE without a time
            [69, 2 << 3 | 1, 4] + time + key,  // EXPIRE with a condition
            [2, 0, 0, 0, 0],  // MGET of nothing
            [67, 255, 255, 255, 255] + key + key,  // APPEND without a limit
            [1, 1, 0, 1, 0] + [UInt8](repeating: 0, count: 65_537),  // a key of 65,537 bytes
        ]
        for bytes in refused {
            #expect(throws: DecodingFailure.self, "\(bytes.prefix(12))") {
                var reader = ByteReader(bytes)
                _ = try KVCommand(from: &reader)
            }
        }
    }

    @Test func `garbage is refused or applied, and never traps`() throws {
        let kv = StoreBench()
        var random = SplitMix64(seed: 11)
        var accepted = 0
        let samples = try Self.operations.map { Self.bytes(try KVCommand($0)) }
        for round in 0..<20_000 {
            var bytes = samples[round % samples.count]
            for _ in 0...random.next(below: 3) {
                let place = Int(random.next(below: UInt64(bytes.count)))
                bytes[place] = UInt8(truncatingIfNeeded: random.next())
            }
            var reader = ByteReader(bytes)
            guard let command = try? KVCommand(from: &reader) else { continue }
            #expect(reader.position <= bytes.count)
            _ = command.operation
            _ = kv.apply(command)
            accepted += 1
        }
        kv.store._checkInvariants()
        #expect(accepted > 1000)
    }
}

@Suite struct `The door of the store` {
    private let encoder = KVCommandEncoder(
        KVStore.Options(maximumKeyBytes: 4, maximumValueBytes: 6, maximumCommandBytes: 40))
    private let four = [UInt8](repeating: 1, count: 4)
    private let five = [UInt8](repeating: 1, count: 5)
    private let seven = [UInt8](repeating: 1, count: 7)

    private func refused(_ operation: KVCommand.Operation) -> KVError? {
        do throws(KVError) {
            _ = try KVCommand(operation, options: encoder.options)
            return nil
        } catch {
            return error
        }
    }

    @Test func `keys, values and commands have limits`() {
        let key = KVError.keyTooLarge(limit: 4)
        let value = KVError.valueTooLarge(limit: 6)
        #expect(refused(.write(.set(four, five))) == nil)
        #expect(refused(.write(.set(five, five))) == key)
        #expect(refused(.write(.set(four, seven))) == value)
        #expect(refused(.write(.append(four, seven))) == value)
        #expect(refused(.write(.mset([KVPair(four, four), KVPair(five, four)]))) == key)
        #expect(refused(.write(.mset([KVPair(four, four), KVPair(four, seven)]))) == value)
        #expect(refused(.query(.get(five))) == key)
        #expect(refused(.write(.incrBy(five, 1))) == key)
        #expect(refused(.write(.expire(five, .after(milliseconds: 1)))) == key)
        #expect(refused(.write(.del([four, four, four, four]))) == nil)
        #expect(
            refused(.write(.del([four, four, four, four, four]))) == .commandTooLarge(limit: 40))
    }

    @Test func `a refused command leaves the writer as it was`() {
        var writer = ByteWriter([42])
        let keys = [four, four, five]
        #expect(throws: KVError.keyTooLarge(limit: 4)) {
            try keys[0].withUnsafeBytes { good in
                try keys[2].withUnsafeBytes { bad in
                    try encoder.del(count: 3, to: &writer) { $0 < 2 ? good : bad }
                }
            }
        }
        #expect(writer.bytes == [42])
    }

    @Test(arguments: [0, -1, Int64.min])
    func `a SET with a time that is not positive is refused`(time: Int64) {
        for deadline in [KVDeadline.after(milliseconds: time), .at(milliseconds: time)] {
            let options = SetOptions(expiry: .deadline(deadline), name: .setex)
            #expect(refused(.write(.set(four, four, options))) == .invalidExpire(.setex))
        }
    }

    @Test func `seconds become milliseconds or an error`() throws {
        #expect(try KVExpiryCommand.set.milliseconds(seconds: -2) == -2000)
        #expect(throws: KVError.invalidExpire(.expire)) {
            try KVExpiryCommand.expire.milliseconds(seconds: Int64.max / 1000 + 1)
        }
    }
}

@Suite struct `Answers as bytes` {
    static let replies: [KVReply] =
        [
            .ok, .null, .integer(.min), .bytes([]), .bytes([1, 2, 3]), .array([]),
            .array([.null, .bytes([7]), .array([.ok])]), .type(.none), .type(.string),
            .error(.notAnInteger), .error(.overflow), .error(.decrementOverflow),
            .error(.stringTooLong), .error(.keyTooLarge(limit: 1)),
            .error(.valueTooLarge(limit: 2)),
            .error(.commandTooLarge(limit: 3)), .error(.replyTooLarge(limit: 4)),
        ] + KVExpiryCommand.allCases.map { .error(.invalidExpire($0)) }

    @Test(arguments: replies)
    func `an answer survives its bytes, and is refused when cut short`(reply: KVReply) throws {
        let bytes = `Commands as bytes`.bytes(reply)
        var reader = ByteReader(bytes)
        #expect(try KVReply(from: &reader) == reply)
        try reader.finish()
        for length in 0..<bytes.count {
            #expect(throws: DecodingFailure.self) {
                var reader = ByteReader(bytes, in: 0..<length)
                _ = try KVReply(from: &reader)
            }
        }
    }

    @Test func `garbage never traps, however deep`() {
        let one: [UInt8] = [4, 1, 0, 0, 0]
        let deep = (0..<100_000).flatMap { _ in one }
        #expect(throws: DecodingFailure.self) {
            var reader = ByteReader(deep)
            _ = try KVReply(from: &reader)
        }
        var random = SplitMix64(seed: 5)
        for _ in 0..<20_000 {
            let count = random.next(below: 24)
            var reader = ByteReader((0..<count).map { _ in UInt8(random.next(below: 9)) })
            _ = try? KVReply(from: &reader)
        }
    }
}
