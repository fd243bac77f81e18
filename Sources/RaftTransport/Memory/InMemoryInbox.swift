// SPDX-License-Identifier: Apache-2.0

import Platform
import Raft

/// What waits for a member of an ``InMemoryNetwork``, and the thread that delivers it.
final class InMemoryInbox: Sendable {
    private struct State {
        var events: [TransportEvent] = []
        var bytes = 0
        var isStopped = false
    }

    private let state: Locked<State>
    private let worker: Worker<Void>

    init(member: MemberID, deliver: @escaping @Sendable ([TransportEvent]) -> Void) {
        let state = Locked(State())
        self.state = state
        // One job is enough to have everything taken that waits; a second may come during delivery.
        worker = Worker(name: "raft-member-\(member)", capacity: 2) { _ in
            let events = state.withLock { state in
                defer {
                    state.events = []
                    state.bytes = 0
                }
                return state.events
            }
            if !events.isEmpty { deliver(events) }
        }
    }

    /// Queues events; frames beyond the limit are dropped.
    func post(_ events: [TransportEvent]) {
        let wasEmpty = state.withLock { state in
            guard !state.isStopped else { return false }
            let wasEmpty = state.events.isEmpty
            for event in events {
                if case .received(let frame) = event {
                    // The constant stands for the event itself and its array's header.
                    let size = frame.bytes.count + 64
                    guard state.bytes + size <= InMemoryNetwork.inboxLimit else { continue }
                    state.bytes += size
                }
                state.events.append(event)
            }
            return wasEmpty && !state.events.isEmpty
        }
        if wasEmpty { _ = worker.submit(()) }
    }

    /// Delivers nothing more, but for the batch that is being delivered.
    func stop() {
        state.withLock { state in
            state.isStopped = true
            state.events = []
        }
        worker.stop(drain: false)
    }
}
