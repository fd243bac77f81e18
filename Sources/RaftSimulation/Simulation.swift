// SPDX-License-Identifier: Apache-2.0

public import Raft

/// One simulated run from a seed: found a cluster, let clients and faults at it, heal it, demand that it
/// comes to rest.
///
/// ```swift
/// let report = Simulation<Counter>(seed: 7, environment: (), workload: workload).run()
/// precondition(report.failure == nil, "\(report)")
/// ```
public struct Simulation<Machine: StateMachine & ~Copyable> {
    /// The seed of everything random.
    public let seed: UInt64
    /// The world.
    public var profile: SimulationProfile
    /// What goes wrong when; drawn from the seed unless given.
    public var schedule: [DatedFault]
    /// What the machines need.
    public let environment: Machine.Environment
    /// What clients do.
    public let workload: SimulationWorkload<Machine>

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
        schedule = profile.faults.schedule(
            members: (1...UInt64(profile.members)).compactMap { MemberID($0) },
            duration: profile.duration, random: SplitMix64(seed: seed).split("schedule"))
    }

    /// Runs it from beginning to end.
    /// - Parameter observer: Gets every line of the trace.
    public func run(observer: ((String) -> Void)? = nil) -> SimulationReport {
        let cluster = SimulatedCluster<Machine>(
            seed: seed, profile: profile, environment: environment, workload: workload)
        if let observer { cluster.observe(observer) }
        cluster.start()
        cluster.plan(schedule)
        cluster.startClients()
        cluster.run(for: profile.duration)
        cluster.settle(within: profile.settlingTime)
        return cluster.report
    }
}
