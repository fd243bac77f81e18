// SPDX-License-Identifier: Apache-2.0

import Platform
import Raft

/// A peer and where to find it.
struct PeerTarget: Sendable {
    /// An address as it was given, and what can be said of it without asking anybody.
    enum Location: Sendable {
        /// An IP address.
        case numeric(SocketAddress)
        /// A host name with a port; what it stands for may change.
        case name(String)

        /// Reads `host:port`, without looking anything up.
        init(_ text: String) throws(AddressError) {
            if let colon = text.utf8.lastIndex(of: UInt8(ascii: ":")),
                Location.isPort(text[colon...].dropFirst()), Location.isName(text[..<colon].utf8)
            {
                self = .name(text)
            } else {
                self = .numeric(try SocketAddress(parsing: text))
            }
        }

        private static func isPort(_ text: Substring) -> Bool {
            text.utf8.allSatisfy(isDigit) && UInt16(text) != nil
        }

        private static func isDigit(_ byte: UInt8) -> Bool {
            (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
        }

        /// Whether a host could only be resolved by asking: no IPv4 address (which the last label
        /// tells: those of names are not all digits), and no IPv6 one, nor an attempt at it.
        private static func isName(_ host: Substring.UTF8View) -> Bool {
            guard !host.contains(UInt8(ascii: ":")), host.first != UInt8(ascii: "[") else {
                return false
            }
            let label = host.split(separator: UInt8(ascii: ".")).last ?? host[...]
            return !label.allSatisfy(isDigit)
        }
    }

    /// The peer.
    let id: MemberID
    /// Its address, as it was given.
    let address: String
    /// Its address, as far as it can be read.
    let location: Location

    /// Reads the peers of a member, in order of id.
    static func all(
        _ peers: [Peer], except member: MemberID
    ) throws(RaftError) -> [PeerTarget] {
        var targets: [PeerTarget] = []
        for peer in peers.sorted(by: { $0.id < $1.id }) where peer.id != member {
            guard targets.last?.id != peer.id else {
                throw RaftError(.invalidConfiguration, "member \(peer.id) is named twice as a peer")
            }
            do throws(AddressError) {
                let location = try Location(peer.address)
                targets.append(PeerTarget(id: peer.id, address: peer.address, location: location))
            } catch {
                throw RaftError(.invalidConfiguration, "member \(peer.id): \(error)")
            }
        }
        return targets
    }
}
