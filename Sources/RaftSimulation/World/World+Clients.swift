// SPDX-License-Identifier: Apache-2.0

internal import Raft

/// A client: makes a few calls at a time on one member, and goes to another when that one is down; or a
/// user, who has a mind of its own.
struct SimulatedClient {
    var member: Int
    var random: SplitMix64
    var tickets: CallTickets
    /// How many of its calls have not ended.
    var open = 0
    /// A user's connection, if it has one.
    var connection: Int?
    /// Which of its wishes to be woken is the latest.
    var alarm = 0

    /// A user has made calls and been told of some.
    mutating func take(_ turn: borrowing UserTurn) {
        tickets = turn.tickets
        open += turn.opened
    }
}

// Clients that call members directly.
extension World {
    /// Clients begin.
    func startClients() {
        areClientsAtWork = true
        for client in clients.indices { planClient(client) }
        startSessions()
    }

    private func planClient(_ client: Int) {
        let pause = profile.clients.pause.draw(&clients[client].random)
        heap.push(.client(client), at: now + pause)
    }

    func callNext(_ client: Int) {
        guard !machines.hasFront else { return tellUser(client, .started) }
        guard !isSettling, clients[client].open == 0 else { return }
        let member = members[clients[client].member]
        guard member.isServing else {
            clients[client].member = Int(
                clients[client].random.next(below: UInt64(members.count)))
            return planClient(client)
        }
        let count = 1 + clients[client].random.next(below: max(1, profile.clients.pipeline))
        for _ in 0..<count {
            guard let ticket = clients[client].tickets.take() else { break }
            events += 1
            let call = machines.draw(
                client, firstCall: calls.calls.count, random: ticket.random)
            switch call {
            case .propose(let batch, let digests):
                clients[client].open += digests.count
                _ = propose(batch, digests, on: member) { _ in .client(client) }
            case .read(let consistency):
                clients[client].open += 1
                _ = read(consistency, on: member, for: .client(client))
            case .nothing: break
            }
        }
        if clients[client].open == 0 { planClient(client) }
    }

    func callEnded(of client: Int) {
        clients[client].open -= 1
        if clients[client].open == 0 { planClient(client) }
    }

    /// How many calls clients have made.
    var callsMade: Int { clients.reduce(0) { $0 + $1.tickets.made } }
}
