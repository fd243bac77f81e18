// SPDX-License-Identifier: Apache-2.0

import Platform
import Raft

// What comes of the connections that others make to this member.
extension TCPEndpoint {
    /// Connections that may be waiting for their hello at a time.
    static let maximumGreetings = 64

    /// A connection was made, by whom is not known yet.
    func accepted(_ descriptor: FileDescriptor, from address: SocketAddress) {
        guard let doorkeeper else { return descriptor.close() }
        let greeting = inbound.filter { $0.origin == nil }
        if greeting.count >= Self.maximumGreetings {
            // Members say hello at once, so the one that has been silent longest is none.
            ended(greeting[0])
        }
        do throws(SystemError) {
            try Self.watchOverSilence(of: descriptor)
            inbound.append(
                try InboundConnection(
                    descriptor, from: address, endpoint: self, doorkeeper: doorkeeper))
            deadlineChanged()
        } catch {
            descriptor.close()
        }
    }

    /// A connection's handshake succeeded.
    ///
    /// An older connection for the same purpose is closed: its dialer has given it up, whether or not
    /// the network has told us.
    func admit(_ connection: InboundConnection, from peer: MemberID, on channel: Frame.Channel) {
        metrics.connectionsAccepted += 1
        deadlineChanged()
        let older = inbound.first { other in
            guard other !== connection, let origin = other.origin else { return false }
            return origin == (peer, channel)
        }
        guard let older else { return }
        metrics.connectionsEnded += 1
        remove(older)
    }

    /// A connection's handshake failed for good.
    func refused(
        _ connection: InboundConnection, claiming member: MemberID?, _ refusal: TransportRefusal
    ) {
        remove(connection)
        let claim = member.map { ", which says it is member \($0)" } ?? ""
        let text = "refused a connection from \(connection.host)\(claim): \(refusal)"
        reportRefusal(of: member, TransportRefusal(refusal.cause, text))
    }

    /// A peer has sent what is not a frame.
    func aborted(_ connection: InboundConnection, from peer: MemberID, _ reason: String) {
        metrics.violations += 1
        metrics.connectionsEnded += 1
        remove(connection)
        let text = "closed a connection from \(connection.host): \(reason)"
        reportOnce(peer, TransportRefusal(.other, text))
    }

    /// A connection was closed or lost, or said nothing for too long.
    func ended(_ connection: InboundConnection) {
        if let peer = connection.origin?.peer {
            metrics.connectionsEnded += 1
            report(.disconnected(peer))
        }
        remove(connection)
    }

    private func remove(_ connection: InboundConnection) {
        connection.close()
        inbound.removeAll { $0 === connection }
        deadlineChanged()
    }
}
