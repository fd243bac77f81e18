// SPDX-License-Identifier: Apache-2.0

internal import Raft
internal import RaftTransport

/// A member's transport while its process runs: what `TCPEndpoint` is in production.
///
/// Holds state; what happens to it is in ``SimulatedNetwork``.
final class SimulatedEndpoint {
    /// What `OutboundConnection` is in production.
    struct Dialer {
        var link: OutboundLink
        /// What stands in for the socket.
        var connection: SimulatedConnection?
        var isScheduled = false
    }

    let position: Int
    /// Tells the lives of a member apart.
    let life: Int
    let peers: [MemberID]
    var doorkeeper: Doorkeeper
    /// Two for every peer: control, then bulk.
    var dialers: [Dialer] = []
    /// In the order in which they were accepted.
    var inbound: [SimulatedConnection] = []
    /// Dialers whose queue is to be written at the end of the turn.
    var scheduled: [Int] = []
    var refusals = RefusalLog()
    /// The process stands still until then; the machine does not.
    var pausedUntil = MonotonicTime.zero
    /// Connections that something has happened to while the process stood still.
    var waiting: [(connection: SimulatedConnection, end: ConnectionEnd)] = []
    /// When its deadlines are looked at next.
    var plannedDeadline: MonotonicTime?

    init(position: Int, life: Int, own: Introduction, peers: [MemberID], random: SplitMix64) {
        self.position = position
        self.life = life
        self.peers = peers
        let doorkeeper = Doorkeeper(own: own, peers: peers)
        self.doorkeeper = doorkeeper
        for peer in peers {
            for channel in [Frame.Channel.control, .bulk] {
                let link = OutboundLink(
                    to: peer, channel: channel, doorkeeper: doorkeeper,
                    random: random.split("dial", UInt64(dialers.count)))
                dialers.append(Dialer(link: link))
            }
        }
    }

    /// When the time of one of its connections comes.
    var deadline: MonotonicTime? {
        var earliest: MonotonicTime?
        for dialer in dialers {
            if let deadline = dialer.link.deadline {
                earliest = min(earliest ?? deadline, deadline)
            }
        }
        for connection in inbound {
            if let deadline = connection.inbound?.deadline {
                earliest = min(earliest ?? deadline, deadline)
            }
        }
        return earliest
    }
}
