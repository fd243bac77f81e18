// SPDX-License-Identifier: Apache-2.0

import Raft
import RaftSimulation
import Testing

@Suite struct `Faults: which of them count` {
    @Test func `a fault counts if there is something for it to hit`() {
        let cluster = Cluster.running()
        let down = cluster.members[0]
        cluster.inject(.crash(.member(down), .kill, downFor: nil))
        #expect(cluster.report.faults == 1)
        let idle: [Fault] = [
            .crash(.member(down), .kill, downFor: nil),
            .pause(.member(down), lasting: .seconds(1)),
            .crashWriting(
                .member(down), .kill, within: .milliseconds(1), downFor: .milliseconds(1)),
            .failDisk(.member(down), .write, .inputOutput, downFor: .milliseconds(1)),
            .reset(from: .leader, to: .leader),
            .clog(from: .leader, to: .leader, lasting: .seconds(1)),
            .partition(.ring, lasting: .seconds(1)),
            .partition(.halves([]), lasting: .seconds(1)),
            .flap(
                .ring, down: .milliseconds(1), up: .milliseconds(1), lasting: .milliseconds(10)),
            .stepClock(.leader, milliseconds: 0),
        ]
        for fault in idle { cluster.inject(fault) }
        #expect(cluster.report.faults == 1)
        #expect(cluster.count(of: .ringed) == 0 && cluster.count(of: .flapped) == 0)
        cluster.inject(.partition(.isolate(.leader), lasting: .seconds(1)))
        #expect(cluster.report.faults == 2 && cluster.count(of: .isolated) == 1)
        cluster.finish()
    }

    @Test func `what the end of a run cuts is no fault, and reaches nothing`() {
        let cluster = Cluster.running()
        cluster.finish()
        #expect(cluster.report.faults == 0 && cluster.count(of: .cutOneWay) == 0)
    }
}
