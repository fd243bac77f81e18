// SPDX-License-Identifier: Apache-2.0

import Platform
import Raft

/// How to run one member.
struct ServerOptions: Equatable {
    var id: MemberID
    var dataDirectory: String
    var initialMembers: [Peer]
    var peerAddress: SocketAddress
    var clientAddress: SocketAddress
    var maximumClients: Int
    var clockJumpLimit: Interval
    var logLevel: Log.Level
    var logFormat: Log.Format

    /// What can be set.
    static let names = [
        "id", "data-dir", "initial-cluster", "peer-address", "client-address", "max-clients",
        "clock-jump-limit", "config", "log-level", "log-format",
    ]

    /// Reads and checks everything that was given.
    init(_ settings: Settings) throws(OptionsError) {
        let id = try Self.member(settings.required("id", "the number of this member, 1 … 65535"))
        self.id = id
        dataDirectory = try settings.required(
            "data-dir", "the directory where this member keeps its data"
        ).text()
        let cluster = try settings.required(
            "initial-cluster", "the members to found the cluster with, ID=HOST:PORT,…")
        initialMembers = try Self.members(cluster)
        guard let own = initialMembers.first(where: { $0.id == id }) else {
            throw cluster.error("member \(id), which this is, is not among \(cluster.value)")
        }
        if let address = settings["peer-address"] {
            peerAddress = try address.address()
        } else {
            peerAddress = try Setting(value: own.address, source: cluster.source).address()
        }
        clientAddress = try settings["client-address"]?.address() ?? .loopback(port: 6379)
        maximumClients = try settings["max-clients"]?.integer(in: 1...1_000_000) ?? 10_000
        let jumpDays = try settings["clock-jump-limit"]?.integer(in: 0...36_500) ?? 7
        clockJumpLimit = .seconds(UInt64(jumpDays) * 86_400)
        logLevel = try settings["log-level"]?.choice(Log.Level.self) ?? .info
        logFormat = try settings["log-format"]?.choice(Log.Format.self) ?? .text
    }

    private static func member(_ setting: Setting) throws(OptionsError) -> MemberID {
        let number = try setting.integer(in: 1...Int(UInt16.max))
        guard let id = MemberID(UInt64(number)) else {
            throw setting.error("\(number) cannot be the number of a member")
        }
        return id
    }

    /// Reads `1=HOST:PORT,2=HOST:PORT,…`.
    private static func members(_ setting: Setting) throws(OptionsError) -> [Peer] {
        var members: [Peer] = []
        for part in setting.value.split(separator: ",", omittingEmptySubsequences: false) {
            let pair = part.split(separator: "=", maxSplits: 1)
            guard pair.count == 2, let number = UInt64(pair[0]), let id = MemberID(number) else {
                throw setting.error("\"\(part)\" is not of the form ID=HOST:PORT")
            }
            let address = String(pair[1])
            // Names of other members may not be known yet: only the form is looked at.
            guard let colon = address.lastIndex(of: ":"), colon > address.startIndex,
                UInt16(address[address.index(after: colon)...]) != nil
            else { throw setting.error("\"\(address)\" is not of the form HOST:PORT") }
            if members.contains(where: { $0.id == id }) {
                throw setting.error("member \(id) is listed twice")
            }
            if members.contains(where: { $0.address == address }) {
                throw setting.error("two members have the address \(address)")
            }
            members.append(Peer(id: id, address: address))
        }
        guard members.count <= 9 else {
            throw setting.error("\(members.count) members are more than nine")
        }
        return members
    }
}
