// SPDX-License-Identifier: Apache-2.0

import Platform
import Raft

/// What the threads that use a ``TCPTransport`` and its event loop have in common.
final class TCPSharedState: Sendable {
    /// The most bytes of frames that may wait for the loop; what comes after is dropped.
    static let inboxLimit = 64 << 20

    private enum Life {
        case created
        case started
        case stopped
    }

    private struct State {
        var life = Life.created
        var inbox: [Frame] = []
        var inboxBytes = 0
        var framesDroppedFull: UInt64 = 0
        var framesDroppedUnconnected: UInt64 = 0
        var boundAddress: SocketAddress?
        var metrics = TransportMetrics()
    }

    private let state = Locked(State())

    /// Marks the transport as started; false if it was before.
    func begin() -> Bool {
        state.withLock { state in
            guard state.life == .created else { return false }
            state.life = .started
            return true
        }
    }

    /// Takes back `begin`: nothing was started.
    func cancelBegin() {
        state.withLock { if $0.life == .started { $0.life = .created } }
    }

    /// Marks the transport as stopped; false if it was before.
    func end() -> Bool {
        state.withLock { state in
            guard state.life != .stopped else { return false }
            state.life = .stopped
            state.inbox = []
            state.inboxBytes = 0
            return true
        }
    }

    /// Whether the transport was stopped.
    var isStopped: Bool { state.withLock { $0.life == .stopped } }

    /// Leaves frames for the loop; true if it must be woken.
    func post(_ frames: [Frame]) -> Bool {
        state.withLock { state in
            let wasEmpty = state.inbox.isEmpty
            guard state.life == .started else {
                state.framesDroppedUnconnected += UInt64(frames.count)
                return false
            }
            for frame in frames {
                // The constant stands for the frame itself and its array's header.
                let size = frame.bytes.count + 64
                guard state.inboxBytes + size <= Self.inboxLimit else {
                    state.framesDroppedFull += 1
                    continue
                }
                state.inboxBytes += size
                state.inbox.append(frame)
            }
            return wasEmpty && !state.inbox.isEmpty
        }
    }

    /// Empties the inbox into `frames`, whose storage is left for the next ones.
    func takeInbox(into frames: inout [Frame]) {
        frames.removeAll(keepingCapacity: true)
        state.withLock { state in
            guard !state.inbox.isEmpty else { return }
            swap(&state.inbox, &frames)
            state.inboxBytes = 0
        }
    }

    /// Where the transport listens.
    var boundAddress: SocketAddress? { state.withLock { $0.boundAddress } }

    /// Tells where the transport listens.
    func setBoundAddress(_ address: SocketAddress) {
        state.withLock { $0.boundAddress = address }
    }

    /// The metrics that the loop published, with what never reached the loop.
    var metrics: TransportMetrics {
        state.withLock { state in
            var metrics = state.metrics
            metrics.framesDroppedQueueFull += state.framesDroppedFull
            metrics.framesDroppedUnconnected += state.framesDroppedUnconnected
            return metrics
        }
    }

    /// Lets other threads see the loop's metrics.
    func publish(_ metrics: TransportMetrics) { state.withLock { $0.metrics = metrics } }
}
