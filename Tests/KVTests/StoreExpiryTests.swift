// SPDX-License-Identifier: Apache-2.0

import KVStateMachine
import Raft
import Testing

@Suite struct `Expiry in the store` {
    let kv = StoreBench()

    @Test func `a relative time counts from the entry's time`() throws {
        try kv.set("k", "v", .after(1500))
        #expect(try kv.pttl("k") == .integer(1500))
        kv.pass(1499)
        #expect(try kv.get("k") == .text("v"))
        #expect(try kv.pttl("k") == .integer(1))
        kv.pass(1)
        #expect(try kv.get("k") == .null)
        #expect(try kv.pttl("k") == .integer(-2))
        #expect(try kv.size() == .integer(0))
        #expect(kv.store.statistics.expired == 1)
    }

    @Test func `an absolute time is kept as it is`() throws {
        try kv.set("k", "v", .at(kv.now + 700))
        kv.pass(699)
        #expect(try kv.exists("k") == .integer(1))
        kv.pass(1)
        #expect(try kv.exists("k") == .integer(0))
    }

    @Test func `a SET at a time that has passed leaves no key`() throws {
        try kv.set("k", "1")
        #expect(try kv.set("k", "2", .at(kv.now)) == .ok)
        #expect(kv.store.statistics.keys == 0)
        #expect(kv.store.nextDeadline == nil)
        #expect(try kv.get("k") == .null)
        #expect(try kv.set("new", "1", .at(1)) == .ok)
        #expect(try kv.size() == .integer(0))
        kv.store._checkInvariants()
    }

    @Test func `TTL is rounded to the nearest second`() throws {
        for (left, seconds) in [(499, 0), (500, 1), (1499, 1), (1500, 2), (10_000, 10)] {
            try kv.set("k", "v", .after(Int64(left)))
            #expect(try kv.ttl("k") == .integer(Int64(seconds)))
        }
        try kv.set("k", "v")
        #expect(try kv.ttl("k") == .integer(-1))
        #expect(try kv.ttl("x") == .integer(-2))
    }

    @Test func `EXPIRE answers whether there was a key`() throws {
        #expect(try kv.expire("k", .after(milliseconds: 10)) == .integer(0))
        try kv.set("k", "v")
        #expect(try kv.expire("k", .after(milliseconds: 10)) == .integer(1))
        #expect(try kv.expire("k", .at(milliseconds: kv.now + 20)) == .integer(1))
        #expect(try kv.pttl("k") == .integer(20))
    }

    @Test(arguments: [
        KVDeadline.after(milliseconds: 0), .after(milliseconds: -1), .after(milliseconds: .min),
        .at(milliseconds: 1_000_000), .at(milliseconds: 0), .at(milliseconds: .min),
    ])
    func `EXPIRE at a time that is not to come removes the key`(deadline: KVDeadline) throws {
        try kv.set("k", "v", .after(100))
        #expect(try kv.expire("k", deadline) == .integer(1))
        #expect(try kv.get("k") == .null)
        #expect(kv.store.nextDeadline == nil)
        kv.store._checkInvariants()
    }

    @Test func `a time beyond 64 bits is an error that names the command`() throws {
        try kv.set("k", "v", .after(100))
        let tooFar = KVDeadline.after(milliseconds: .max)
        #expect(
            try kv.run(.expire("k".bytes, tooFar, name: .expire))
                == .error(.invalidExpire(.expire)))
        #expect(
            try kv.run(.expire("x".bytes, tooFar, name: .pexpire))
                == .error(.invalidExpire(.pexpire)))
        let options = SetOptions(expiry: .deadline(tooFar), name: .psetex)
        #expect(try kv.set("k", "w", options) == .error(.invalidExpire(.psetex)))
        #expect(try kv.get("k") == .text("v"))
        #expect(try kv.pttl("k") == .integer(100))
    }

    @Test func `the last time there is is no special one`() throws {
        try kv.set("k", "v", .at(.max))
        #expect(try kv.pttl("k") == .integer(.max - kv.now))
        #expect(kv.store.nextDeadline == ClusterTime(milliseconds: .max))
        try kv.set("p", "v")
        #expect(try kv.pttl("p") == .integer(-1))
        try kv.run(.persist("k".bytes))
        #expect(try kv.pttl("k") == .integer(-1))
        kv.store._checkInvariants()
    }

    @Test func `PERSIST answers whether it took a deadline away`() throws {
        #expect(try kv.run(.persist("k".bytes)) == .integer(0))
        try kv.set("k", "v", .after(100))
        #expect(try kv.run(.persist("k".bytes)) == .integer(1))
        #expect(try kv.run(.persist("k".bytes)) == .integer(0))
        kv.pass(1000)
        #expect(try kv.get("k") == .text("v"))
    }

    @Test func `time does not run backwards`() throws {
        try kv.set("k", "v", .after(100))
        kv.pass(100)
        kv.now -= 1000
        kv.tick()
        #expect(kv.store.clusterTime.milliseconds == kv.now + 1000)
        try kv.set("l", "v", .after(100))
        #expect(try kv.pttl("l") == .integer(100))
    }

    @Test func `an entry is also late enough for its own commands`() throws {
        try kv.set("k", "v", .after(100))
        let command = try KVCommand(.write(.set("k".bytes, "w".bytes, .ifAbsent)))
        let later = ApplyContext(
            index: LogIndex(9), term: Term(1), now: ClusterTime(milliseconds: kv.now + 100))
        // Straight to apply, without the advance that a batch begins with.
        #expect(kv.store.apply(command, later) == .ok)
    }

    @Test func `the next deadline is the earliest of all shards`() throws {
        #expect(kv.store.nextDeadline == nil)
        for number in 0..<200 { try kv.set("k\(number)", "v", .after(5000 - Int64(number))) }
        #expect(kv.store.nextDeadline == ClusterTime(milliseconds: kv.now + 4801))
        try kv.run(.del(["k199".bytes]))
        #expect(kv.store.nextDeadline == ClusterTime(milliseconds: kv.now + 4802))
        try kv.expire("k198", .after(milliseconds: 9000))
        #expect(kv.store.nextDeadline == ClusterTime(milliseconds: kv.now + 4803))
    }
}

@Suite struct `The purge bound` {
    /// 5,000 keys of which the first 4,500 are due 10 ms later, in the order of their numbers.
    private func crowd() throws -> StoreBench {
        let kv = StoreBench()
        let start = kv.now
        for number in 0..<5000 {
            let wait: Int64 = number < 4500 ? 10 : 60_000
            try kv.set("k\(number)", "v", .at(start + wait))
        }
        return kv
    }

    @Test func `one entry purges at most the bound, and names now as the next deadline`() throws {
        let kv = try crowd()
        kv.pass(10)
        #expect(kv.store.statistics.keys == 5000 - KVStore.purgeBound)
        #expect(kv.store.nextDeadline == ClusterTime(milliseconds: kv.now))
        kv.tick()
        #expect(kv.store.statistics.keys == 500)
        #expect(kv.store.nextDeadline == ClusterTime(milliseconds: kv.now - 10 + 60_000))
        kv.store._checkInvariants()
    }

    @Test func `of equal deadlines the bound takes the first keys, over all shards`() throws {
        let kv = try crowd()
        kv.pass(10)
        let crowd = (0..<4500).map { "k\($0)".bytes }
        let left = crowd.sorted { $0.lexicographicallyPrecedes($1) }[KVStore.purgeBound...]
        let others = (4500..<5000).map { "k\($0)".bytes }
        #expect(Set(try kv.storedKeys()) == Set(left + others))
    }

    @Test func `what is due and not purged is absent for every query`() throws {
        let kv = try crowd()
        kv.pass(10)
        for number in 0..<4500 {
            let key = "k\(number)".bytes
            let queries: [(KVCommand.Query, KVReply)] = [
                (.get(key), .null), (.strlen(key), .integer(0)), (.pttl(key), .integer(-2)),
                (.ttl(key), .integer(-2)), (.type(key), .type(.none)),
                (.exists([key]), .integer(0)), (.mget([key]), .array([.null])),
            ]
            for (query, answer) in queries {
                let given = kv.store.answer(try KVCommand(.query(query)))
                if given != answer { Issue.record("\(query): \(given), not \(answer)") }
            }
        }
        #expect(kv.store.statistics.keys == 904)
        #expect(kv.store.count == 500)
        #expect(kv.store.answer(try KVCommand(.query(.dbSize))) == .integer(500))
    }

    @Test func `what is due and not purged is absent for every write`() throws {
        let writes: [(KVCommand.Write, KVReply)] = [
            (.set("k".bytes, "w".bytes, .ifAbsent), .ok),
            (.set("k".bytes, "w".bytes, .ifPresent), .null),
            (.set("k".bytes, "w".bytes, .returningOld), .null),
            (.set("k".bytes, "w".bytes, .keepingDeadline), .ok),
            (.del(["k".bytes]), .integer(0)), (.incrBy("k".bytes, 3), .integer(3)),
            (.append("k".bytes, "w".bytes), .integer(1)), (.persist("k".bytes), .integer(0)),
            (.expire("k".bytes, .after(milliseconds: 9)), .integer(0)),
            (.mset([KVPair("k".bytes, "w".bytes)]), .ok),
        ]
        // Due after the crowd, so that the bound leaves it unpurged.
        let kv = try crowd()
        try kv.set("k", "41", .after(20))
        kv.now += 20
        kv.tick()
        let snapshot = kv.captured
        for (write, answer) in writes {
            let member = try StoreBench(restoring: snapshot)
            let context = ApplyContext(
                index: LogIndex(1), term: Term(1), now: ClusterTime(milliseconds: member.now))
            #expect(member.store.apply(try KVCommand(.write(write)), context) == answer, "\(write)")
            let left = member.store.answer(try KVCommand(.query(.pttl("k".bytes))))
            #expect(left == .integer(-1) || left == .integer(-2), "\(write)")
            member.store._checkInvariants()
        }
    }

    @Test func `a restored member purges the same keys as the others`() throws {
        let kv = try crowd()
        let other = try StoreBench(restoring: kv.captured)
        for member in [kv, other] {
            member.now = kv.now + (member === kv ? 10 : 0)
            member.tick()
        }
        #expect(kv.captured == other.captured)
        #expect(kv.store.stateHash == other.store.stateHash)
        #expect(kv.store.statistics.keys == 904)
    }

    @Test func `EXPIRE of one key over and over leaves one item in the heap`() throws {
        let kv = StoreBench()
        for number in 0..<100 { try kv.set("k\(number)", "v", .after(100_000)) }
        let before = kv.store.statistics.allocatedBytes
        for number in 0..<10_000 {
            try kv.expire("k7", .after(milliseconds: 1000 + Int64(number * 7919 % 50_000)))
        }
        #expect(kv.store.statistics.allocatedBytes == before)
        #expect(kv.store.statistics.keysWithDeadline == 100)
        kv.store._checkInvariants()
    }

    @Test func `memory comes back when the keys have gone`() throws {
        let kv = try crowd()
        for number in 0..<8000 { try kv.set("more\(number)", "v", .after(50)) }
        let most = kv.store.statistics.allocatedBytes
        for _ in 0..<8 { kv.pass(30_000) }
        #expect(try kv.size() == .integer(0))
        #expect(kv.store.statistics.allocatedBytes < most / 10)
        kv.store._checkInvariants()
    }
}
