// SPDX-License-Identifier: Apache-2.0

import Raft
import RaftSimulation
import Testing

/// What a user of the library writes to simulate a machine of their own.
@Suite struct SimulationTests {
    struct Counter: StateMachine {
        var total: Int64 = 0
        init(_: Void) {}
        init(restoring reader: inout ByteReader, _: Void) throws(DecodingFailure) {
            total = try reader.read()
        }
        mutating func apply(_ command: Int64, _: ApplyContext) -> Int64 {
            total += command
            return total
        }
        static func write(_ capture: Counter, to writer: inout ByteWriter) {
            writer.write(capture.total)
        }
    }

    @Test func `a counter is simulated in a few lines`() {
        for seed in UInt64(1)...3 {
            var simulation = Simulation<Counter>(seed: seed, members: 5, environment: ())
            simulation.clients(4) { random in
                Bool.random(using: &random) ? .propose(1) : .read { $0.total }
            }
            simulation.invariant("never negative") { $0.total >= 0 }
            let report = simulation.run(for: .seconds(5))
            #expect(report.failure == nil, "\(report)")
            #expect(report.acknowledged > 0 && report.acknowledged <= report.callsMade)
        }
    }

    @Test func `an invariant that does not hold is named, with the entry after which it did not`() {
        var simulation = Simulation<Counter>(seed: 1, members: 3, environment: ())
        simulation.clients(1) { _ in .propose(-1) }
        simulation.invariant("never negative") { $0.total >= 0 }
        let failure = simulation.run(for: .seconds(5)).failure
        #expect(failure?.property == "invariant: never negative")
        #expect(failure?.found.hasPrefix("not so after entry ") == true)
    }

    @Test func `an answer that fails the workload's check is named, with its command`() {
        var simulation = Simulation<Counter>(seed: 1, members: 3, environment: ())
        simulation.clients(1) { _ in .propose(7) }
        simulation.workload.check = { _, total in total > 7 ? "more than 7" : nil }
        let failure = simulation.run(for: .seconds(5)).failure
        #expect(failure?.property == "an answer passes the workload's check")
        #expect(failure?.found.hasPrefix("more than 7, in answer to call ") == true)
        #expect(failure?.expected == "nothing wrong with 14, the answer to 7")
    }

    @Test func `faults are those of the profile as it is, or those that were given`() {
        var simulation = Simulation<Counter>(seed: 3, members: 3, environment: ())
        #expect(!simulation.schedule.isEmpty)
        simulation.profile.faults.rates = []
        #expect(simulation.schedule.isEmpty)
        #expect(simulation.run(for: .seconds(2)).faults == 0)
        let crash = Fault.crash(.leader, .kill, downFor: .milliseconds(100))
        simulation.schedule = [DatedFault(at: .seconds(1), crash)]
        #expect(simulation.run(for: .seconds(2)).faults == 1)
    }

    /// Remembers numbers, and answers with whichever comes first.
    struct Moody: StateMachine {
        var numbers: Set<Int64> = []
        init(_: Void) {}
        init(restoring reader: inout ByteReader, _: Void) throws(DecodingFailure) {
            throw DecodingFailure("no snapshot", at: reader.position)
        }
        mutating func apply(_ command: Int64, _: ApplyContext) -> Int64 {
            numbers.insert(command)
            return numbers.first ?? 0
        }
        static func write(_ capture: Moody, to writer: inout ByteWriter) {
            for number in capture.numbers.sorted() { writer.write(number) }
        }
    }

    @Test func `a machine whose answers depend on the order of a set is found out`() {
        var simulation = Simulation<Moody>(seed: 1, members: 3, environment: ())
        simulation.clients(4) { random in .propose(Int64(random.next(below: 1_000_000))) }
        let failure = simulation.run(for: .seconds(10)).failure
        #expect(
            failure?.property == "an answer is what the log gives on a machine that never fails")
    }

    @Test func `calls are made up to a limit, but for those that are left out`() {
        var simulation = Simulation<Counter>(seed: 2, members: 3, environment: ())
        simulation.profile.clients.callLimit = 10
        simulation.clients(2) { random in .propose(Int64(random.next(below: 1000))) }
        #expect(simulation.run(for: .seconds(5)).callsMade == 20)
        simulation.omittedCalls = [
            ClientCall(client: 0, number: 3), ClientCall(client: 1, number: 0),
        ]
        let cluster = simulation.makeCluster()
        simulation.run(on: cluster)
        #expect(cluster.failure == nil, "\(cluster.report)")
        #expect(cluster.report.callsMade == 18)
    }
}
