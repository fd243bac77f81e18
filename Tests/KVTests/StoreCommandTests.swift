// SPDX-License-Identifier: Apache-2.0

import KVStateMachine
import Testing

@Suite struct `Commands of the store` {
    let kv = StoreBench()

    @Test func `a value that was set is found, another key is not`() throws {
        #expect(try kv.set("k", "v") == .ok)
        #expect(try kv.get("k") == .text("v"))
        #expect(try kv.get("K") == .null)
    }

    @Test func `keys and values are any bytes, none included`() throws {
        let odd: [UInt8] = [0, 13, 10, 255]
        try kv.run(.set(odd, []))
        try kv.run(.set([], odd))
        #expect(try kv.ask(.get(odd)) == .bytes([]))
        #expect(try kv.ask(.get([])) == .bytes(odd))
    }

    @Test(arguments: [0, 1, 7, 8, 9, 15, 16, 17, 300, 5000])
    func `a value may shrink and grow to any length`(length: Int) throws {
        for other in [3, 0, 40, 6000, 2, 299] {
            try kv.run(.set("k".bytes, Array(repeating: 7, count: other)))
            try kv.run(.set("k".bytes, Array(repeating: 9, count: length)))
            #expect(try kv.ask(.get("k".bytes)) == .bytes(Array(repeating: 9, count: length)))
            kv.store._checkInvariants()
        }
    }

    @Test func `a large value that becomes small gives its memory back`() throws {
        try kv.set("k", "v")
        let before = kv.store.statistics
        try kv.run(.set("k".bytes, Array(repeating: 7, count: 100_000)))
        try kv.set("k", "w")
        #expect(kv.store.statistics == before)
    }

    @Test func `the value is read where it lies`() throws {
        try kv.set("k", "value")
        let length = "k".bytes.withUnsafeBytes { key in
            kv.store.withValue(of: key) { value in value?.count }
        }
        #expect(length == 5)
        let missing = "x".bytes.withUnsafeBytes { key in
            kv.store.withValue(of: key) { value in value == nil }
        }
        #expect(missing)
    }

    @Test func `NX sets only what is absent`() throws {
        #expect(try kv.set("k", "1", .ifAbsent) == .ok)
        #expect(try kv.set("k", "2", .ifAbsent) == .null)
        #expect(try kv.get("k") == .text("1"))
    }

    @Test func `XX sets only what is present`() throws {
        #expect(try kv.set("k", "1", .ifPresent) == .null)
        #expect(try kv.get("k") == .null)
        try kv.set("k", "1")
        #expect(try kv.set("k", "2", .ifPresent) == .ok)
        #expect(try kv.get("k") == .text("2"))
    }

    @Test func `GET answers the old value, whether or not the SET happened`() throws {
        #expect(try kv.set("k", "1", .returningOld) == .null)
        #expect(try kv.set("k", "2", .returningOld) == .text("1"))
        let unless = SetOptions(condition: .ifAbsent, returnsOldValue: true)
        #expect(try kv.set("k", "3", unless) == .text("2"))
        #expect(try kv.get("k") == .text("2"))
        #expect(try kv.set("new", "1", unless) == .null)
        #expect(try kv.get("new") == .text("1"))
    }

    @Test func `SET takes the deadline away, KEEPTTL does not`() throws {
        try kv.set("k", "1", .after(5000))
        try kv.set("k", "2", .keepingDeadline)
        #expect(try kv.pttl("k") == .integer(5000))
        try kv.set("k", "3")
        #expect(try kv.pttl("k") == .integer(-1))
    }

    @Test func `a condition that fails leaves value and deadline alone`() throws {
        try kv.set("k", "1", .after(5000))
        var options = SetOptions.after(9000)
        options.condition = .ifAbsent
        #expect(try kv.set("k", "2", options) == .null)
        #expect(try kv.get("k") == .text("1"))
        #expect(try kv.pttl("k") == .integer(5000))
    }

    @Test func `DEL counts what it removed, EXISTS counts repetitions`() throws {
        try kv.run(.mset([KVPair("a".bytes, "1".bytes), KVPair("b".bytes, "2".bytes)]))
        #expect(try kv.exists("a", "a", "b", "c") == .integer(3))
        #expect(try kv.run(.del(["a".bytes, "a".bytes, "c".bytes])) == .integer(1))
        #expect(try kv.exists("a", "b") == .integer(1))
    }

    @Test func `MSET sets all, the last of equal keys wins, deadlines go`() throws {
        try kv.set("a", "0", .after(5000))
        let pairs = [("a", "1"), ("b", "2"), ("a", "3")]
        #expect(try kv.run(.mset(pairs.map { KVPair($0.bytes, $1.bytes) })) == .ok)
        let keys = ["a", "x", "b"].map(\.bytes)
        #expect(try kv.ask(.mget(keys)) == .array([.text("3"), .null, .text("2")]))
        #expect(try kv.ttl("a") == .integer(-1))
    }

    @Test func `STRLEN and TYPE of what is and what is not`() throws {
        try kv.set("k", "12345")
        #expect(try kv.ask(.strlen("k".bytes)) == .integer(5))
        #expect(try kv.ask(.strlen("x".bytes)) == .integer(0))
        #expect(try kv.ask(.type("k".bytes)) == .type(.string))
        #expect(try kv.ask(.type("x".bytes)) == .type(.none))
    }

    @Test func `APPEND continues, creates, and keeps the deadline`() throws {
        #expect(try kv.run(.append("k".bytes, "ab".bytes)) == .integer(2))
        try kv.expire("k", .after(milliseconds: 5000))
        #expect(try kv.run(.append("k".bytes, "cde".bytes)) == .integer(5))
        #expect(try kv.get("k") == .text("abcde"))
        #expect(try kv.pttl("k") == .integer(5000))
    }

    @Test func `a value appended to byte by byte is as one set at once`() throws {
        var expected: [UInt8] = []
        for byte in 0..<200 {
            try kv.run(.append("k".bytes, [UInt8(byte)]))
            expected.append(UInt8(byte))
            kv.store._checkInvariants()
        }
        let other = StoreBench()
        try other.run(.set("k".bytes, expected))
        #expect(try kv.ask(.get("k".bytes)) == .bytes(expected))
        #expect(kv.store.stateHash == other.store.stateHash)
    }

    @Test func `APPEND beyond its limit is refused and changes nothing`() throws {
        try kv.set("k", "12345")
        let tooMuch = KVCommand.Write.append("k".bytes, "678".bytes, limit: 7)
        #expect(try kv.run(tooMuch) == .error(.stringTooLong))
        #expect(try kv.get("k") == .text("12345"))
        #expect(try kv.run(.append("k".bytes, "67".bytes, limit: 7)) == .integer(7))
        #expect(try kv.run(.append("x".bytes, "12".bytes, limit: 1)) == .error(.stringTooLong))
        #expect(try kv.exists("x") == .integer(0))
    }

    @Test func `FLUSHALL leaves nothing`() throws {
        for number in 0..<300 { try kv.set("k\(number)", "v", .after(1000 + Int64(number))) }
        #expect(try kv.run(.flushAll) == .ok)
        #expect(try kv.size() == .integer(0))
        #expect(try kv.get("k7") == .null)
        #expect(kv.store.nextDeadline == nil)
        #expect(kv.store.statistics.payloadBytes == 0)
        kv.store._checkInvariants()
    }

    @Test func `an MGET of more than an answer may hold is refused`() throws {
        let large = [UInt8](repeating: 1, count: 30 << 20)
        try kv.run(.set("k".bytes, large))
        let keys = Array(repeating: "k".bytes, count: 3)
        let answer = kv.store.answer(try KVCommand(.query(.mget(keys))))
        #expect(answer == .error(.replyTooLarge(limit: KVStore.maximumReplyBytes)))
    }
}

@Suite struct `Numbers in the store` {
    let kv = StoreBench()

    @Test func `INCRBY counts from nothing, up and down, and keeps the deadline`() throws {
        #expect(try kv.run(.incrBy("n".bytes, 5)) == .integer(5))
        try kv.expire("n", .after(milliseconds: 5000))
        #expect(try kv.run(.incrBy("n".bytes, -1005)) == .integer(-1000))
        #expect(try kv.get("n") == .text("-1000"))
        #expect(try kv.pttl("n") == .integer(5000))
    }

    @Test(arguments: [
        "", " 1", "1 ", "+1", "01", "-0", "-", "--1", "1.0", "1e3", "0x1", "abc",
        "9223372036854775808", "-9223372036854775809", "92233720368547758070",
        "100000000000000000000000",
    ])
    func `what Redis does not take for an integer is an error`(text: String) throws {
        try kv.set("n", text)
        #expect(try kv.run(.incrBy("n".bytes, 1)) == .error(.notAnInteger))
        #expect(try kv.get("n") == .text(text))
    }

    @Test(arguments: ["0", "7", "-7", "10", "9223372036854775807", "-9223372036854775808"])
    func `every integer has one spelling`(text: String) throws {
        try kv.set("n", text)
        let number = try #require(Int64(text))
        #expect(try kv.run(.incrBy("n".bytes, 0)) == .integer(number))
        #expect(try kv.get("n") == .text(text))
    }

    @Test func `a sum beyond 64 bits is an error and changes nothing`() throws {
        try kv.set("n", "9223372036854775807")
        #expect(try kv.run(.incrBy("n".bytes, 1)) == .error(.overflow))
        #expect(try kv.get("n") == .text("9223372036854775807"))
        try kv.set("n", "-9223372036854775808")
        #expect(try kv.run(.incrBy("n".bytes, -1)) == .error(.overflow))
        #expect(try kv.run(.incrBy("n".bytes, .max)) == .integer(-1))
    }

    @Test func `the texts are those of Redis`() {
        let texts: [(KVError, String)] = [
            (.notAnInteger, "ERR value is not an integer or out of range"),
            (.overflow, "ERR increment or decrement would overflow"),
            (.decrementOverflow, "ERR decrement would overflow"),
            (.invalidExpire(.set), "ERR invalid expire time in 'set' command"),
            (.invalidExpire(.pexpireat), "ERR invalid expire time in 'pexpireat' command"),
            (.stringTooLong, "ERR string exceeds maximum allowed size (proto-max-bulk-len)"),
        ]
        for (error, text) in texts { #expect(error.message == text) }
    }
}
