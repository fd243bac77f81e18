// SPDX-License-Identifier: Apache-2.0

public import Raft

/// One simulated run from a seed: found a cluster, let clients and faults at it, heal it, demand that it
/// comes to rest, and ask whether what clients saw can be explained.
///
/// ```swift
/// for seed in UInt64(1)...50 {
///     var simulation = Simulation<Counter>(seed: seed, members: 5, environment: ())
///     simulation.clients(4) { random in
///         Bool.random(using: &random) ? .propose(1) : .read { $0.total }
///     }
///     simulation.invariant("never negative") { $0.total >= 0 }
///     precondition(simulation.run(for: .seconds(60)).failure == nil)
/// }
/// ```
public struct Simulation<Machine: StateMachine & ~Copyable>: Sendable {
    /// The seed of everything random.
    public let seed: UInt64
    /// The world.
    public var profile: SimulationProfile
    /// What goes wrong when: drawn from the seed and the profile as it is, unless it was set.
    public var schedule: [DatedFault] {
        get {
            givenSchedule
                ?? profile.faults.schedule(
                    members: profile.ids, duration: profile.duration,
                    random: SplitMix64(seed: seed).split("schedule"))
        }
        set { givenSchedule = newValue }
    }
    private var givenSchedule: [DatedFault]?
    /// Calls of clients that are left out, as a shrunk case has them.
    public var omittedCalls: [ClientCall] = []
    /// What the machines need.
    public let environment: Machine.Environment
    /// What clients do.
    public var workload: SimulationWorkload<Machine>

    /// Creates a run.
    /// - Parameters:
    ///   - profile: Drawn from the seed unless given.
    public init(
        seed: UInt64, profile: SimulationProfile? = nil, environment: Machine.Environment,
        workload: SimulationWorkload<Machine>
    ) {
        let profile = profile ?? .swarm(seed: seed)
        self.seed = seed
        self.profile = profile
        self.environment = environment
        self.workload = workload
    }

    /// Creates a run of so many members in a world drawn from the seed, whose clients are yet to be given.
    public init(seed: UInt64, members: Int, environment: Machine.Environment) {
        var profile = SimulationProfile.swarm(seed: seed)
        profile.members = members
        self.init(
            seed: seed, profile: profile, environment: environment, workload: SimulationWorkload())
    }

    /// Says how many clients there are and what they call.
    /// - Parameter next: The next call; must depend on its argument alone.
    public mutating func clients(
        _ count: Int,
        _ next: @escaping @Sendable (_ random: inout SplitMix64) -> SimulatedCall<Machine>
    ) {
        profile.clients.count = count
        workload.next = { _, random in next(&random) }
    }

    /// Adds what must hold for every member's machine after every entry.
    public mutating func invariant(
        _ name: String, _ holds: @escaping @Sendable (borrowing Machine) -> Bool
    ) {
        workload.invariant(name, holds)
    }

    /// Runs it, with faults for as long as given.
    public mutating func run(for duration: Interval) -> SimulationReport {
        profile.duration = duration
        return run()
    }

    /// Runs it from beginning to end.
    /// - Parameters:
    ///   - observer: Gets every line of the trace.
    ///   - limits: How much is recorded for a picture; nil for no recording.
    public func run(
        observer: ((String) -> Void)? = nil, recording limits: SimulationRecording.Limits? = nil
    ) -> SimulationReport {
        let cluster = makeCluster()
        if let observer { cluster.observe(observer) }
        if let limits { cluster.record(limits) }
        run(on: cluster)
        var report = cluster.report
        report.recording = cluster.recording
        return report
    }

    /// The cluster that ``run(on:)`` expects.
    public func makeCluster() -> SimulatedCluster<Machine> {
        SimulatedCluster<Machine>(
            seed: seed, profile: profile, environment: environment, workload: workload,
            omittedCalls: omittedCalls)
    }

    /// Runs it on a cluster that nothing has happened to.
    public func run(on cluster: SimulatedCluster<Machine>) {
        cluster.start()
        cluster.plan(schedule)
        cluster.startClients()
        cluster.run(for: profile.duration)
        cluster.settle(within: profile.settlingTime)
        cluster.audit()
    }
}
