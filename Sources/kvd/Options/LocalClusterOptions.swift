// SPDX-License-Identifier: Apache-2.0

/// How to run a cluster of several processes on this machine.
struct LocalClusterOptions: Equatable {
    var nodes: Int
    var dataDirectory: String
    var clientPort: Int
    var peerPort: Int

    /// What can be set.
    static let names = ["nodes", "data-dir", "client-port", "peer-port"]

    /// Reads and checks everything that was given; only flags count.
    init(_ arguments: [String]) throws(OptionsError) {
        let settings = try Settings(flags: arguments, names: Self.names)
        nodes = try settings["nodes"]?.integer(in: 1...9) ?? 3
        dataDirectory = try settings["data-dir"]?.text() ?? ".kvd"
        // Node i uses port + i - 1.
        let ports = 1...(Int(UInt16.max) - nodes + 1)
        clientPort = try settings["client-port"]?.integer(in: ports) ?? 6379
        peerPort = try settings["peer-port"]?.integer(in: ports) ?? 7379
        let distance = abs(clientPort - peerPort)
        guard distance >= nodes else {
            throw OptionsError(
                "--client-port \(clientPort) and --peer-port \(peerPort) are too close for \(nodes)"
                    + " nodes, each of which takes the next port")
        }
    }
}
