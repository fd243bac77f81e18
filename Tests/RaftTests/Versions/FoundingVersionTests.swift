// SPDX-License-Identifier: Apache-2.0

import RaftSimulation
import Testing

@testable import Raft

/// A cluster begins in the highest version that all its members can run.
@Suite struct `Machine versions: founding` {
    private let ids = (1...3).compactMap { MemberID($0) }
    private var peers: [Peer] { ids.map { Peer(id: $0, address: "\($0)") } }

    private func makeBootstrap(
        _ member: Int, running versions: ClosedRange<MachineVersion>
    ) -> Bootstrap {
        Bootstrap(
            member: ids[member], members: peers, versions: versions, identity: nil,
            interval: .milliseconds(50), random: SplitMix64(seed: UInt64(member)), now: .zero)
    }

    /// Lets members found a cluster together.
    /// - Returns: What each wrote down last, and why it failed.
    private func found(
        _ versions: [ClosedRange<MachineVersion>]
    ) -> [(identity: Identity?, failure: RaftError?)] {
        var results: [(identity: Identity?, failure: RaftError?)] = ids.map { _ in (nil, nil) }
        var bootstraps = ids.indices.map { makeBootstrap($0, running: versions[$0]) }
        var messages: [(from: Int, to: MemberID, BootstrapMessage)] = []
        func perform(_ actions: [Bootstrap.Action], _ member: Int) {
            for action in actions {
                switch action {
                case .send(let message, let peer): messages.append((member, peer, message))
                case .store(let identity):
                    results[member].identity = identity
                    perform(bootstraps[member].stored(), member)
                case .finished: break
                case .fail(let error): results[member].failure = error
                }
            }
        }
        for member in ids.indices {
            perform(bootstraps[member].deadlinePassed(at: .zero), member)
        }
        while let (sender, receiver, message) = messages.popFirst() {
            guard let member = ids.firstIndex(of: receiver) else { continue }
            perform(bootstraps[member].receive(message, from: ids[sender]), member)
        }
        return results
    }

    @Test func `all write down the highest version that all can run`() {
        for result in found([1...4, 2...3, 1...9]) {
            #expect(result.identity?.foundingVersion == 3)
            #expect(result.identity?.isEstablished == true)
            #expect(result.failure == nil)
        }
    }

    @Test func `members with nothing in common found no cluster`() {
        let results = found([1...2, 3...4, 1...4])
        #expect(results.allSatisfy { $0.identity == nil })
        #expect(results[0].failure?.code == .invalidConfiguration)
        let message = results[0].failure?.message ?? ""
        #expect(message.contains(": 1 runs 1 to 2, 2 runs 3 to 4, 3 runs 1 to 4; start all"))
    }

    @Test func `the newest word of a member that was started again counts`() {
        var lowest = makeBootstrap(0, running: 1...3)
        _ = lowest.deadlinePassed(at: .zero)
        let print = lowest.deadlinePassed(at: .zero + .seconds(1)).compactMap { action -> UInt64? in
            if case .send(.hello(let print, _), _) = action { return print }
            return nil
        }[0]
        _ = lowest.receive(.hello(fingerprint: print, versions: 1...3), from: ids[1])
        _ = lowest.receive(.hello(fingerprint: print, versions: 1...2), from: ids[1])
        let actions = lowest.receive(.hello(fingerprint: print, versions: 1...3), from: ids[2])
        guard case .store(let identity)? = actions.first else {
            Issue.record("nothing is founded: \(actions)")
            return
        }
        #expect(identity.foundingVersion == 2)
    }

    @Test func `the version is kept with the identity`() throws {
        let disk = StorageDisk()
        var identity = StorageRig.identity
        identity.foundingVersion = 7
        try identity.store(in: disk)
        #expect(try Identity.load(from: disk)?.foundingVersion == 7)
    }
}

extension Array {
    fileprivate mutating func popFirst() -> Element? { isEmpty ? nil : removeFirst() }
}
