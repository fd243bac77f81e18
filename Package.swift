// swift-tools-version: 6.2
// SPDX-License-Identifier: Apache-2.0

import PackageDescription

/// Settings every target shares: warnings are errors in CI, imports say what they use.
let common: [SwiftSetting] = [
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
]

/// For targets whose code must say `unsafe` wherever it leaves the safe language.
let strict: [SwiftSetting] = common + [.strictMemorySafety()]

let package = Package(
    name: "swift-raft",
    products: [
        .library(name: "Raft", targets: ["Raft"]),
        .library(name: "RaftTransport", targets: ["RaftTransport"]),
        .library(name: "RaftSimulation", targets: ["RaftSimulation"]),
        .library(name: "Linearizability", targets: ["Linearizability"]),
        .library(name: "KVStateMachine", targets: ["KVStateMachine"]),
        .library(name: "KVClient", targets: ["KVClient"]),
        .executable(name: "kvd", targets: ["kvd"]),
        .executable(name: "kvcli", targets: ["kvcli"]),
        .executable(name: "raftsim", targets: ["raftsim"]),
    ],
    targets: [
        // The operating system. Not a product: nothing outside the package builds on it.
        .systemLibrary(name: "CLinux", path: "Sources/Platform/CLinux"),
        .target(
            name: "Platform", dependencies: ["CLinux"], exclude: ["CLinux"], swiftSettings: common),

        // The framework.
        .systemLibrary(name: "CChecksum"),
        .target(name: "Raft", dependencies: ["CChecksum", "Platform"], swiftSettings: strict),
        .target(name: "RaftTransport", dependencies: ["Raft", "Platform"], swiftSettings: strict),
        .target(
            name: "RaftSimulation", dependencies: ["Raft", "RaftTransport", "Platform"],
            swiftSettings: strict),
        .target(name: "Linearizability", swiftSettings: strict),

        // The key-value store, built on the framework's public API.
        .target(name: "KVStateMachine", dependencies: ["Raft"], swiftSettings: strict),
        .target(name: "RESP", swiftSettings: strict),
        .target(
            name: "KVServer", dependencies: ["Raft", "RESP", "KVStateMachine"],
            swiftSettings: strict),
        .target(name: "KVClient", dependencies: ["RESP", "Platform"], swiftSettings: strict),
        .executableTarget(
            name: "kvd",
            dependencies: [
                "KVServer", "KVStateMachine", "RESP", "Raft", "RaftTransport", "Platform",
            ],
            swiftSettings: common),
        .executableTarget(
            name: "kvcli", dependencies: ["KVClient", "RESP", "Platform"], swiftSettings: common),
        .executableTarget(
            name: "raftsim",
            dependencies: [
                "RaftSimulation", "Linearizability", "KVServer", "KVStateMachine", "KVClient",
                "RESP", "Raft",
            ],
            swiftSettings: common),

        // Programs that show how the libraries are used.
        .executableTarget(
            name: "exactly-once-counter", dependencies: ["KVClient"],
            path: "Examples/ExactlyOnceCounter", swiftSettings: common),

        // Tests read as specifications; see CONTRIBUTING.md.
        .testTarget(name: "PlatformTests", dependencies: ["Platform"], swiftSettings: common),
        .testTarget(
            name: "RaftTests",
            dependencies: ["Raft", "RaftSimulation", "RaftTransport", "Platform"],
            swiftSettings: common),
        .testTarget(
            name: "RaftSimulationTests",
            dependencies: [
                "Raft", "RaftSimulation", "RaftTransport", "Platform", "raftsim",
                "Linearizability", "KVStateMachine",
            ],
            exclude: ["Cases"],
            swiftSettings: common),
        .testTarget(
            name: "LinearizabilityTests", dependencies: ["Linearizability"], swiftSettings: common),
        .testTarget(
            name: "KVTests",
            dependencies: [
                "KVStateMachine", "KVServer", "KVClient", "RESP", "Raft", "RaftSimulation",
                "Platform", "kvcli", "kvd",
            ],
            swiftSettings: common),
    ],
    swiftLanguageModes: [.v6]
)
