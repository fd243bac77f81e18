// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import KVServer
@testable import Raft

@Suite struct `What a gateway tells of itself` {
    let harness = GatewayHarness()

    @Test func `every listed command is found by its name, in any case, and no other is`() {
        let table = CommandTable()
        for (place, spec) in CommandSpec.all.enumerated() {
            #expect(Int(spec.command.rawValue) == place, "\(spec.name) stands in the wrong row")
            for name in [spec.name.description, spec.name.description.uppercased()] {
                #expect(Array(name.utf8).withUnsafeBytes { table.find($0) } == spec.command)
                let longer = Array(name.utf8) + [0]
                #expect(longer.withUnsafeBytes { table.find($0) } == nil)
                let shorter = Array(name.utf8).dropLast()
                let found = Array(shorter).withUnsafeBytes { table.find($0) }
                #expect(found != spec.command)
            }
        }
        for name in ["", "KV\u{e}HASH", "get\r", "[et", String(repeating: "x", count: 99)] {
            #expect(Array(name.utf8).withUnsafeBytes { table.find($0) } == nil)
        }
    }

    @Test func `commands are described in the form of Redis 7`() {
        let client = harness.connect()
        #expect(
            client.call("COMMAND INFO get nosuch")
                == "*2|*10|$3|get|:2|*2|+readonly|+fast|:1|:1|:1|*3|+@read|+@string|+@fast|*0|*1|*6"
                + "|$5|flags|*2|+RO|+access|$12|begin_search|*4|$4|type|$5|index|$4|spec|*2|$5|index"
                + "|:1|$9|find_keys|*4|$4|type|$5|range|$4|spec|*6|$7|lastkey|:0|$7|keystep|:1|$5"
                + "|limit|:0|*0|$-1")
        #expect(
            client.call("COMMAND DOCS get")
                == "*2|$3|get|*8|$7|summary|$22|Get the value of a key|$5|since|$5|1.0.0|$5|group"
                + "|$6|string|$10|complexity|$4|O(1)")
        let count = CommandSpec.all.filter(\.isListed).count
        #expect(client.call("COMMAND COUNT") == ":\(count)")
        #expect(client.call("COMMAND").hasPrefix("*\(count)|*10|$3|get|"))
        #expect(client.call("COMMAND DOCS").hasPrefix("*\(2 * count)|$3|get|"))
    }

    @Test func `configuration answers what clients ask at their start`() {
        let client = harness.connect()
        #expect(
            client.call("CONFIG GET save", "CONFIG GET appendonly")
                == "*2|$4|save|$0||*2|$10|appendonly|$3|yes")
        #expect(
            client.call("CONFIG GET nosuch", "CONFIG GET MAXC* data*").hasSuffix(
                "|$9|databases|$1|1|$10|maxclients|$5|10000"))
        #expect(
            client.call("CONFIG SET nosuch 1")
                == "-ERR Unknown option or number of arguments for CONFIG SET - 'nosuch'")
    }

    @Test func `INFO has the sections asked for, those of the store too`() {
        let client = harness.connect()
        #expect(client.call("SET k v", "SET l w EX 10") == "+OK|+OK")
        let keyspace = client.call("INFO Keyspace")
        #expect(keyspace == "$44|# Keyspace|db0:keys=2,expires=1,avg_ttl=0|")
        let all = client.call("INFO")
        for part in [
            "# Server|redis_version:7.0.15|", "|connected_clients:1|", "|loading:0|",
            "|role:master|", "|total_commands_processed:4|", "|# Raft|",
        ] {
            #expect(all.contains(part))
        }
    }

    @Test func `INFO raft has every field of the member's status`() throws {
        let member = try #require(MemberID(2))
        let voters = (1...3).compactMap { MemberID($0) }
        harness.tellsStatus = false
        harness.gateway.status = NodeStatus(
            member: member, cluster: ClusterID(high: 1, low: 2), role: .follower, isLearner: false,
            term: Term(7), leader: MemberID(3), commitIndex: LogIndex(11),
            appliedIndex: LogIndex(10), stateHash: 9, lastIndex: LogIndex(12), snapshotIndex: .zero,
            logBytes: 4096, voters: voters, learners: [],
            clusterTime: ClusterTime(milliseconds: 5), wallClockOffset: -3, clockAlarm: nil,
            machineVersion: 2, machineVersions: 1...3)
        let client = harness.connect()
        client.ask("INFO raft")
        harness.turn()
        #expect(harness.reads.map(\.asksForStatus) == [true])
        harness.run()
        let lines =
            "|# Raft|raft_id:2|raft_role:follower|raft_term:7|raft_leader_id:3"
            + "|raft_commit_index:11|raft_applied_index:10|raft_last_index:12"
            + "|raft_snapshot_index:0|raft_log_bytes:4096|raft_voters:1,2,3|raft_learners:"
            + "|raft_cluster_id:00000000000000010000000000000002|raft_cluster_time:0"
            + "|raft_wall_clock_offset_ms:-3|raft_clock_alarm:none"
            + "|raft_machine_version:2|raft_machine_versions:1-3|"
        #expect(client.answer.hasSuffix(lines))
    }

    @Test(arguments: [
        ("save", "save", true), ("SAVE", "s*", true), ("save", "*", true), ("save", "s?ve", true),
        ("save", "sav", false), ("save", "save?", false), ("save", "*x*", false),
        ("sa*e", "sa\\*e", true), ("save", "sa\\*e", false), ("", "*", true), ("", "?", false),
    ]) func `patterns`(text: String, pattern: String, matches: Bool) {
        #expect(GlobPattern.matches(text, Array(pattern.utf8)) == matches)
    }

    @Test func `a pattern of many stars is no trap`() {
        let pattern = String(repeating: "a*", count: 50) + "b"
        #expect(!GlobPattern.matches(String(repeating: "a", count: 1000), Array(pattern.utf8)))
    }
}
