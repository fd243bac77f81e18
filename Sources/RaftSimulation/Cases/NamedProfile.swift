// SPDX-License-Identifier: Apache-2.0

internal import Raft

/// A way to draw a world from a seed, by name.
public struct NamedProfile: Sendable {
    /// What to call it on a command line.
    public let name: String
    /// What kind of worlds it gives, in a few words.
    public let summary: String
    /// Gives the world of a seed; must depend on the seed alone.
    public let draw: @Sendable (_ seed: UInt64) -> SimulationProfile

    /// Creates a named profile.
    public init(
        _ name: String, summary: String,
        draw: @escaping @Sendable (_ seed: UInt64) -> SimulationProfile
    ) {
        self.name = name
        self.summary = summary
        self.draw = draw
    }

    /// Every seed another world: kinds of faults on or off, one to seven members, loose or tight limits.
    public static let swarm = NamedProfile(
        "swarm", summary: "every seed another world: faults, members, limits",
        draw: SimulationProfile.swarm(seed:))

    /// Three healthy members, and no faults: what a failure here shows is no matter of bad luck.
    public static let calm = NamedProfile("calm", summary: "three healthy members, no faults") {
        _ in
        SimulationProfile()
    }

    /// Three members, some of every common fault, and clients that make about fifty calls in a virtual
    /// second: what the simulator's speed is measured with.
    public static let steady = NamedProfile(
        "steady", summary: "three members, common faults, fifty calls a virtual second"
    ) { _ in
        var profile = SimulationProfile()
        profile.clients.count = 7
        profile.clients.pipeline = 1
        profile.clients.pause = .microseconds(90_000, 100_000)
        profile.faults.rates = [
            .init(.kill, perTenSeconds: 1), .init(.powerCut, perTenSeconds: 1),
            .init(.pause, perTenSeconds: 1), .init(.partition, perTenSeconds: 1),
            .init(.diskStall, perTenSeconds: 1),
        ]
        return profile
    }

    /// Worlds in which no leader lasts and frames arrive late, again and out of order; one in three of
    /// ``swarm`` is like that.
    public static let unrest = NamedProfile(
        "unrest", summary: "no leader lasts, frames arrive late and again"
    ) { seed in
        var random = SplitMix64(seed: seed).split("unrest")
        var profile = SimulationProfile.swarm(seed: seed)
        profile.becomeRestless(&random)
        return profile
    }

    /// The profiles that every command line has.
    public static let all: [NamedProfile] = [.swarm, .calm, .steady, .unrest]
}
