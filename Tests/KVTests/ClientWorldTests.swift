// SPDX-License-Identifier: Apache-2.0

import RESP
import Testing

@testable import KVClient

@Suite struct `Client against a cluster that fails` {
    /// Every call ends once, and what is said of it is true: a result means that it was executed once; a
    /// certain failure that it was not, nor is later.
    private func check(_ seed: UInt64, _ protection: KVClient.Options.WriteProtection) {
        var options = KVClient.Options()
        options.writeProtection = protection
        options.connections = 1 + Int(seed % 3)
        options.window = seed % 2 == 0 ? 512 : 3
        if seed % 5 == 0 { options.retries.rounds = 1 }
        var world = ClientWorld(seed: seed, endpoints: 1 + Int(seed / 3 % 3), options: options)
        world.trouble = seed % 8
        for _ in 0..<3000 { world.step(submitting: 20) }
        world.settle()
        #expect(world.complaints == [], "seed \(seed), \(protection)")
        var acknowledged = 0
        for (call, result) in world.results {
            let count = world.executions(of: call)
            switch result {
            case .success(.integer(let value)):
                acknowledged += 1
                #expect(
                    value == 1 && count == 1, "\(call) of seed \(seed): \(value), \(count) times")
            case .success: break
            case .failure(let error) where error.mayHaveTakenEffect:
                #expect(count <= 1, "\(call) of seed \(seed): \(error), \(count) times")
            case .failure(let error):
                #expect(count == 0, "\(call) of seed \(seed): \(error), \(count) times")
            }
        }
        #expect(acknowledged > 10, "seed \(seed): only \(acknowledged) acknowledged")
    }

    @Test(arguments: 0..<60 as Range<UInt64>)
    func `with a session every write takes effect at most once`(seed: UInt64) {
        check(seed, .session)
    }

    @Test(arguments: 0..<40 as Range<UInt64>)
    func `with tokens every write takes effect at most once`(seed: UInt64) { check(seed, .token) }

    @Test(arguments: 0..<40 as Range<UInt64>)
    func `without stamps every write takes effect at most once`(seed: UInt64) { check(seed, .none) }
}
