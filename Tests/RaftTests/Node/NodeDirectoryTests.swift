// SPDX-License-Identifier: Apache-2.0

import Platform
import Raft
import RaftTransport
import Testing

/// A node on a directory that is not its own, or none: it ends, and says why.
@Suite(.serialized, .timeLimit(.minutes(1))) struct NodeDirectoryTests {
    @Test func `a directory has one owner at a time`() async throws {
        let group = try TestGroup(members: 1)
        let running = try await group.startAll()[0]
        let error = try await group.start(group.peers[0]).failure()
        #expect(error?.code == .directoryLocked)
        #expect(error?.message.contains("\(group.directory.path)/1") == true)
        try await running.stop()
    }

    @Test func `a member does not start on another member's directory`() async throws {
        let group = try TestGroup(members: 3)
        for running in try await group.startAll() { try await running.stop() }
        let error = try await group.start(group.peers[0], in: "2").failure()
        #expect(error?.code == .foreignCluster)
        #expect(error?.message.contains("\(group.directory.path)/2") == true)
    }

    @Test func `a member that lost its directory is not let back in as if it had not`()
        async throws
    {
        let group = try TestGroup(members: 3)
        let nodes = try await group.startAll()
        try await nodes[2].stop()
        let error = try await group.start(group.peers[2], in: "emptied").failure()
        #expect(error?.code == .foreignCluster)
        for running in nodes[..<2] { try await running.stop() }
    }

    @Test(arguments: ["file", "file/below"])
    func `a file in the directory's place is named`(_ name: String) async throws {
        let group = try TestGroup(members: 1)
        let path = group.directory.path
        try Files.open(path + "/file", [.write, .create]).close()
        let error = try await group.start(group.peers[0], in: name).failure()
        #expect(error?.code == .directoryUnusable)
        #expect(error?.message.contains("\(path)/\(name): not a directory") == true)
    }

    @Test func `a member with another cluster's directory ends, as it can never be ready`()
        async throws
    {
        let old = try TestGroup(members: 3)
        let before = try await old.startAll()
        let theirs = try #require(await before[0].node.status().cluster)
        for running in before { try await running.stop() }

        let group = try TestGroup(members: 3, on: old.network)
        let nodes = try await group.startAll()
        let ours = try #require(await nodes[0].node.status().cluster)
        try await nodes[0].stop()
        let error = try await old.start(old.peers[0]).failure()
        #expect(error?.code == .foreignCluster)
        let message = try #require(error?.message)
        #expect(message.contains("\(old.directory.path)/1"))
        #expect(message.contains("member 1 of cluster \(theirs)"))
        #expect(message.contains("members 2, 3 belong to cluster \(ours)"))

        // The others have not even noticed.
        #expect(try await nodes[1].node.propose(1).output == 1)
        for running in nodes[1...] { try await running.stop() }
    }

    @Test func `a member that was ready once is not ended by members of another cluster`()
        async throws
    {
        let other = try TestGroup(members: 3)
        for running in try await other.startAll() { try await running.stop() }
        let group = try TestGroup(members: 3, on: other.network)
        let nodes = try await group.startAll()
        for running in nodes[1...] { try await running.stop() }

        // Two of three say so, as above. They in turn have met only one stranger, and get ready.
        let visitors = try await other.start(Array(other.peers[1...]))
        #expect(try await visitors[0].node.propose(1).output == 1)
        for running in visitors { try await running.stop() }
        let back = try await group.start(Array(group.peers[1...]))
        #expect(try await nodes[0].node.propose(5).output == 5)
        for running in [nodes[0]] + back { try await running.stop() }
    }
}

@Suite struct `Who belongs to another cluster` {
    private func member(_ number: UInt64) throws -> MemberID { try #require(MemberID(number)) }

    private let ours = ClusterID(high: 0, low: 1)
    private let theirs = ClusterID(high: 0, low: 2)
    private let thirds = ClusterID(high: 0, low: 3)

    /// The verdict on member 1 of `voters` members, of which some said they are of another cluster.
    private func verdict(
        voters: UInt64, foreign: [UInt64], accepted: [UInt64] = []
    ) throws -> RaftError? {
        var members = ForeignMembers()
        for number in accepted { members.accepted(by: try member(number)) }
        for number in foreign { members.refused(try member(number), of: theirs) }
        return members.verdict(
            on: try member(1), of: ours, voters: try (1...voters).map { try member($0) },
            location: "here")
    }

    @Test(arguments: [(1, 0), (2, 1), (3, 2), (4, 2), (5, 3), (6, 3), (7, 4), (9, 5)])
    func `a member gives up when those that are left are no majority`(
        _ voters: UInt64, _ needed: UInt64
    ) throws {
        for count in 0..<voters {
            let foreign = (0..<count).map { $0 + 2 }
            let isVerdict = try verdict(voters: voters, foreign: foreign) != nil
            #expect(isVerdict == (count >= needed && count > 0), "\(count) of \(voters)")
        }
    }

    @Test func `only other voters count, each once`() throws {
        #expect(try verdict(voters: 3, foreign: [2, 2, 2]) == nil)
        #expect(try verdict(voters: 3, foreign: [2, 1]) == nil)
        #expect(try verdict(voters: 3, foreign: [2, 4, 9]) == nil)
        #expect(try verdict(voters: 1, foreign: [1, 2, 3]) == nil)
    }

    @Test func `whoever claims the id of a member that accepted a connection does not count`()
        throws
    {
        #expect(try verdict(voters: 3, foreign: [2, 3], accepted: [3]) == nil)
        var members = ForeignMembers()
        members.refused(try member(2), of: theirs)
        members.refused(try member(3), of: theirs)
        members.accepted(by: try member(2))
        let voters = [try member(1), try member(2), try member(3)]
        #expect(members.verdict(on: voters[0], of: ours, voters: voters, location: "") == nil)
    }

    @Test func `the message names members and clusters, and what to check`() throws {
        var members = ForeignMembers()
        members.refused(try member(5), of: theirs)
        members.refused(try member(3), of: thirds)
        members.refused(try member(2), of: theirs)
        let error = members.verdict(
            on: try member(1), of: ours, voters: try (1...5).map { try member($0) },
            location: "/data")
        #expect(error?.code == .foreignCluster)
        #expect(
            error?.message
                == "the data directory /data belongs to member 1 of cluster \(ours), but "
                + "members 2, 5 belong to cluster \(theirs) and member 3 belongs to cluster "
                + "\(thirds), so that no majority of the 5 voting members can be reached: check "
                + "the directory and the members' addresses")
    }
}
