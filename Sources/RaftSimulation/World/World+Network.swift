// SPDX-License-Identifier: Apache-2.0

internal import Raft

// What the members say to the network, and what it tells them.
extension World {
    func send(_ frame: Frame, from member: SimulatedMember) {
        recorder?.sent(frame, from: member.id, at: now)
        if network.profile.isOrdered { return network.send(frame, from: member.position, at: now) }
        guard let to = ids.firstIndex(of: frame.peer) else { return }
        network.sendUnordered(frame, from: member.position, to: to, at: now, into: &heap)
    }

    func happen(_ event: NetworkEvent) {
        network.happen(event, at: now, into: &heap)
        takeReports()
    }

    /// Hands what the transports have reported to their members.
    func takeReports() {
        if !network.reached.isEmpty {
            for mark in network.reached { self.mark(mark) }
            network.reached.removeAll(keepingCapacity: true)
        }
        guard !network.reports.isEmpty else { return }
        for report in network.reports where members[report.member].isUp {
            let member = members[report.member]
            switch report.event {
            case .received(let frame):
                events += 1
                recorder?.arrived(frame, at: member.id, now)
                trace.add(
                    .frame, member.id, at: now, UInt64(frame.peer.rawValue),
                    UInt64(frame.bytes.count > 1 ? frame.bytes[1] : 0), UInt64(frame.bytes.count))
                member.inputs.append(.frame(frame, sent: report.sent))
            case .connected(let peer, let channel):
                trace.add(
                    .connected, member.id, at: now, UInt64(peer.rawValue), UInt64(channel.rawValue))
                member.inputs.append(.connected(peer, channel))
            case .disconnected(let peer):
                trace.add(.disconnected, member.id, at: now, UInt64(peer.rawValue))
                member.inputs.append(.disconnected(peer))
            case .refused(let peer, let refusal):
                trace.add(.refused, member.id, at: now, UInt64(peer?.rawValue ?? 0))
                mark(.handshakeRefused)
                member.inputs.append(.refused(peer, refusal))
            }
            plan(member, after: pace.turn.draw(&member.random))
        }
        network.reports.removeAll(keepingCapacity: true)
    }

    /// A member has heard that it has a new connection to another: of what it sent on the old one nobody
    /// knows what has come, so a leader takes none of it for delivered.
    func judgeConnection(to peer: MemberID, _ channel: Frame.Channel, _ member: SimulatedMember) {
        guard channel == .bulk, let glance = member.replica?.glance(),
            let progress = glance.progress.first(where: { $0.member == peer })
        else { return }
        if progress.mode == .replicate {
            fail(
                "a leader asks anew where the logs part when a connection is made anew",
                found: "\(member.id), leader of term \(glance.hardState.term), goes on with entry "
                    + "\(progress.next) for \(peer)",
                expected: "a message that \(peer) accepts or rejects, before any other")
        }
    }

    // MARK: Lives

    /// A member's process has started its transport.
    func startTransport(of member: SimulatedMember, as identity: Identity?) {
        guard network.profile.isOrdered else {
            network.startUnordered(member.position)
            for peer in members where peer !== member {
                planConnect(member, to: peer.position, soon: true)
            }
            return
        }
        network.start(
            member.position, as: introduction(of: member, identity), at: now, into: &heap)
        takeReports()
    }

    /// A member says from now on that it is of the cluster: its connections are made anew.
    func introduce(_ member: SimulatedMember, as identity: Identity) {
        guard network.profile.isOrdered else {
            for peer in members where peer !== member {
                resetUnordered(member.position, peer.position)
                resetUnordered(peer.position, member.position)
            }
            return
        }
        network.introduce(
            member.position, as: introduction(of: member, identity), at: now, into: &heap)
        takeReports()
    }

    private func introduction(of member: SimulatedMember, _ identity: Identity?) -> Introduction {
        Introduction(
            cluster: identity?.cluster, member: member.id,
            incarnation: identity?.incarnation ?? 0)
    }

    /// A member's process has ended.
    /// - Parameter isSilent: Whether its machine is gone as well, and tells nobody.
    func stopTransport(of member: SimulatedMember, silently isSilent: Bool) {
        guard network.profile.isOrdered else {
            for peer in network.stopUnordered(member.position) {
                tellDisconnected(at: peer, from: member.position)
            }
            for peer in members where peer !== member && peer.isUp {
                planConnect(peer, to: member.position, soon: false)
            }
            return
        }
        network.stop(member.position, silently: isSilent, at: now, into: &heap)
        takeReports()
    }

    /// Breaks the connections from one member to another.
    /// - Returns: False if they are the same.
    func reset(_ from: Int, _ to: Int) -> Bool {
        guard from != to else { return false }
        if network.profile.isOrdered {
            network.reset(from, to, at: now, into: &heap)
        } else {
            resetUnordered(from, to)
        }
        return true
    }

    // MARK: Where frames keep no order

    func connectUnordered(_ member: SimulatedMember, to peer: Int) {
        guard network.connectUnordered(member.position, peer) else {
            // Dialed twice, or not to be reached yet.
            let link = network.links[network.link(member.position, peer)]
            if !link.isOpen { planConnect(member, to: peer, soon: false) }
            return
        }
        trace.add(.connected, member.id, at: now, UInt64(ids[peer].rawValue))
        input(.connected(ids[peer], .control), to: member)
        input(.connected(ids[peer], .bulk), to: member)
    }

    /// Has a member dial another: at once, or after a back-off.
    private func planConnect(_ member: SimulatedMember, to peer: Int, soon: Bool) {
        let longest: UInt64 = soon ? 2_000_000 : 100_000_000
        let delay = Interval(nanoseconds: 100_000 + network.random.next(below: longest))
        heap.push(
            .connect(from: member.position, to: peer, life: member.life), at: now + delay)
    }

    private func resetUnordered(_ from: Int, _ to: Int) {
        guard network.closeUnordered(network.link(from, to)) else { return }
        tellDisconnected(at: to, from: from)
        if members[from].isUp { planConnect(members[from], to: to, soon: true) }
    }

    private func tellDisconnected(at member: Int, from: Int) {
        guard members[member].isUp else { return }
        let delay = Interval(nanoseconds: 50_000 + network.random.next(below: 1_000_000))
        heap.push(
            .disconnected(at: member, from: from, life: members[member].life), at: now + delay)
    }
}
