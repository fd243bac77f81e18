// SPDX-License-Identifier: Apache-2.0

import Raft
import Testing

// What must stay within bounds whatever the pace of reads and the state of disks.
@Suite struct `Core: bounds` {
    private func elected(_ voters: Int, _ options: CoreOptions = CoreOptions()) -> CoreCluster {
        var cluster = CoreCluster(voters: voters, options: options)
        cluster.now = cluster.members[0].core?.deadline ?? .zero
        cluster.step(cluster.members[0].id, .deadlinePassed)
        cluster.runUntilQuiet()
        return cluster
    }

    // The append messages on a link that carry entries, taken out of the pool.
    private func takeAppends(_ cluster: inout CoreCluster, to receiver: MemberID) -> [Envelope] {
        func isAppend(_ envelope: Envelope) -> Bool {
            if envelope.to == receiver, case .entries = envelope.body { return true }
            return false
        }
        let taken = cluster.pool.filter(isAppend)
        cluster.pool.removeAll(where: isAppend)
        return taken
    }

    // Read rounds leave as heartbeats, at the pace of round trips; no heartbeat interval has passed.
    @Test func `read rounds do not make the leader send a probe again and again`() {
        var cluster = elected(3)
        let (leader, follower) = (cluster.members[0].id, cluster.members[2].id)
        cluster.append([100], at: leader)
        cluster.runUntilQuiet()
        cluster.append([100], at: leader)
        cluster.step(leader, .connected(follower))
        // The probe is on its way, on a connection for bulk; the rounds have one of their own.
        var probes = takeAppends(&cluster, to: follower).count
        for number in 1...20 as ClosedRange<UInt64> {
            cluster.read(number, at: leader)
            while !cluster.pool.isEmpty {
                probes += takeAppends(&cluster, to: follower).count
                if !cluster.pool.isEmpty { cluster.deliver(cluster.pool.removeFirst()) }
            }
        }
        // One of the append, one after the connection.
        #expect(probes <= 3, "\(probes) messages with the same entries at one instant")
    }

    // Two rounds take two round trips, not two heartbeat intervals: that is no sign of loss.
    @Test func `read rounds do not make the leader take slow appends for lost`() {
        var cluster = elected(3)
        let (leader, follower) = (cluster.members[0].id, cluster.members[2].id)
        cluster.append([100], at: leader)
        var sent = takeAppends(&cluster, to: follower).count
        for number in 1...4 as ClosedRange<UInt64> {
            cluster.read(number, at: leader)
            while !cluster.pool.isEmpty {
                sent += takeAppends(&cluster, to: follower).count
                if !cluster.pool.isEmpty { cluster.deliver(cluster.pool.removeFirst()) }
            }
        }
        #expect(sent == 1, "\(sent) messages with the same entry at one instant")
    }

    // The window in bytes must hold for what is read back from disk as well.
    @Test func `fetched entries count towards the window in bytes`() {
        var options = CoreOptions()
        options.appendBytes = 100
        options.inflightBytes = 250
        var cluster = elected(2, options)
        let (leader, follower) = (cluster.members[0].id, cluster.members[1].id)
        cluster.crash(follower)
        cluster.append(Array(repeating: 100, count: 20), at: leader)
        cluster.completeWrites(of: leader)
        cluster.crash(leader)
        cluster.pool = []
        cluster.restart(leader, inMemory: 0)
        cluster.restart(follower)
        cluster.now = cluster.members[0].core?.deadline ?? .zero
        cluster.step(leader, .deadlinePassed)
        // The follower's disk answers no more once it leads and knows where the logs part.
        while cluster[leader].core?.leadership?.progress[0].mode != .replicate {
            if !cluster[leader].fetches.isEmpty { cluster.completeFetch(of: leader, atMost: 1) }
            for id in [leader, follower] { cluster.completeWrites(of: id) }
            if cluster.pool.isEmpty { break }
            cluster.deliver(cluster.pool.removeFirst())
        }
        _ = takeAppends(&cluster, to: follower)
        var fetches = 0
        while !cluster[leader].fetches.isEmpty, fetches < 100 {
            fetches += 1
            cluster.completeFetch(of: leader, atMost: 1)
        }
        // Each brings 100 bytes; with a third the window of 250 is exceeded already.
        #expect(fetches <= 3, "\(fetches) fetched messages are unanswered")
        #expect(fetches > 0)
    }

    // A bound on every queue: a disk that hangs while reads go on must not fill the memory.
    @Test func `answers that wait for a hanging disk are bounded`() {
        var cluster = elected(3)
        let follower = cluster.members[2].id
        cluster.crash(follower)
        cluster.restart(follower)
        cluster.now = cluster.now + .seconds(1)
        cluster.step(cluster.members[1].id, .deadlinePassed)
        cluster.step(cluster.members[0].id, .deadlinePassed)
        cluster.runUntilQuiet(stuckDisks: [follower])
        for _ in 0..<2000 {
            _ = cluster.fireEarliestTimer(before: .init(nanoseconds: .max))
            cluster.runUntilQuiet(stuckDisks: [follower])
        }
        cluster.completeWrites(of: follower)
        #expect(cluster.pool.count <= 300, "\(cluster.pool.count) messages were kept")
    }

    // That the queue is full concerns the read that found it full.
    @Test func `a full queue of reads does not lose those that wait in it`() {
        var options = CoreOptions()
        options.waitingReads = 2
        var cluster = elected(3, options)
        let leader = cluster.members[0].id
        for number in 1...3 as ClosedRange<UInt64> { cluster.read(number, at: leader) }
        #expect(cluster.checker.marks["reads lost"] == nil, "all reads of a leader are called lost")
        cluster.runUntilQuiet()
        #expect(cluster.checker.marks["read answered"] == 2)
    }
}
