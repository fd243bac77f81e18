// SPDX-License-Identifier: Apache-2.0

import Raft
import RaftTransport
import Testing

@testable import RaftSimulation

/// A simulated network without members: the test says what they send, and keeps what they are told.
final class NetworkHarness {
    let network: SimulatedNetwork
    private let docket = Docket()
    private var heap = EventHeap<WorldEvent>()
    private(set) var now = MonotonicTime(nanoseconds: 1_000_000_000)
    private(set) var reports: [(at: MonotonicTime, member: Int, event: TransportEvent)] = []

    init(members: UInt64 = 2, seed: UInt64 = 1, _ change: (inout NetworkProfile) -> Void = { _ in })
    {
        var profile = NetworkProfile()
        profile.delay = .microseconds(50, 500)
        change(&profile)
        network = SimulatedNetwork(
            members: (1...members).map { member($0) }, profile: profile,
            random: SplitMix64(seed: seed), docket: docket)
    }

    /// Two members that have connected to each other on both channels.
    static func pair(
        seed: UInt64 = 1, _ change: (inout NetworkProfile) -> Void = { _ in }
    ) -> NetworkHarness {
        let bench = NetworkHarness(seed: seed, change)
        bench.start(0)
        bench.start(1)
        bench.run(for: .milliseconds(500))
        #expect(bench.connections(of: 0) == 2 && bench.connections(of: 1) == 2)
        return bench
    }

    // MARK: What happens

    func start(_ position: Int, cluster: UInt64? = 7) {
        let own = introduction(UInt64(position + 1), cluster: cluster)
        network.start(position, as: own, at: now, into: &heap)
    }

    /// Both members are there, where frames keep no order.
    func startUnordered() {
        for position in 0..<2 { network.startUnordered(position) }
        #expect(network.connectUnordered(0, 1) && network.connectUnordered(1, 0))
    }

    func stop(_ position: Int, silently isSilent: Bool = false) {
        network.stop(position, silently: isSilent, at: now, into: &heap)
        collect()
    }

    func introduce(_ position: Int, cluster: UInt64) {
        let own = introduction(UInt64(position + 1), cluster: cluster)
        network.introduce(position, as: own, at: now, into: &heap)
    }

    func pause(_ position: Int, for time: Interval) {
        network.pause(position, until: now + time, into: &heap)
    }

    func reset(_ from: Int, _ to: Int) { network.reset(from, to, at: now, into: &heap) }
    func cut(_ from: Int, _ to: Int) {
        network.cut(network.link(from, to), at: now, into: &heap)
    }
    func heal(_ from: Int, _ to: Int) {
        network.heal(network.link(from, to), at: now, into: &heap)
    }
    func healAll() { network.healAll(at: now, into: &heap) }
    func clog(_ from: Int, _ to: Int) { network.clog(network.link(from, to)) }
    func unclog(_ from: Int, _ to: Int) {
        network.unclog(network.link(from, to), at: now, into: &heap)
    }

    /// Sends numbered frames in one turn.
    func send(
        _ numbers: Range<Int>, from: Int = 0, to: Int = 1, on channel: Frame.Channel = .control
    ) {
        for number in numbers {
            let frame = Frame(peer: network.ids[to], channel: channel, bytes: bytes(of: number))
            if network.profile.isOrdered {
                network.send(frame, from: from, at: now)
            } else {
                network.sendUnordered(frame, from: from, to: to, at: now, into: &heap)
            }
        }
        network.flush(from, at: now, into: &heap)
    }

    func run(for time: Interval) {
        let end = now + time
        while let (time, event) = heap.pop(before: end) {
            now = time
            if case .network(let event) = event { network.happen(event, at: now, into: &heap) }
            collect()
        }
        now = end
        #expect(docket.failure == nil, "\(String(describing: docket.failure))")
    }

    private func collect() {
        for report in network.reports { reports.append((now, report.member, report.event)) }
        network.reports.removeAll()
    }

    // MARK: What came of it

    /// The numbers of the frames that a member was given on a channel, in order.
    func received(by position: Int = 1, on channel: Frame.Channel = .control) -> [Int] {
        reports.compactMap { report in
            guard report.member == position, case .received(let frame) = report.event,
                frame.channel == channel
            else { return nil }
            return frame.bytes.reversed().reduce(0) { $0 << 8 | Int($1) }
        }
    }

    /// How many connections a member has made.
    func connections(of position: Int) -> Int {
        reports.count { report in
            if report.member == position, case .connected = report.event { return true }
            return false
        }
    }

    /// When a member was told that the other's connection is gone.
    func disconnections(at position: Int) -> [MonotonicTime] {
        reports.compactMap { report in
            if report.member == position, case .disconnected = report.event { return report.at }
            return nil
        }
    }

    func refusals(at position: Int) -> [TransportRefusal] {
        reports.compactMap { report in
            if report.member == position, case .refused(_, let refusal) = report.event {
                return refusal
            }
            return nil
        }
    }

    func dialer(_ from: Int, on channel: Frame.Channel = .control) -> OutboundLink.State? {
        network.endpoints[from]?.dialers.first { $0.link.channel == channel }?.link.state
    }

    func has(_ mark: SimulationMark) -> Bool { network.reached.contains(mark) }
}
