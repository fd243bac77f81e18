// SPDX-License-Identifier: Apache-2.0

import Platform
import Raft

/// A listening socket; belongs to the thread of an event loop as soon as that watches it.
final class TCPListener: IOHandler, @unchecked Sendable {
    /// How long nothing is accepted after accepting failed: descriptors may be back by then.
    static let pause = Interval.milliseconds(100)
    /// Connections accepted in one turn, so that a flood of them does not hold up the rest.
    static let acceptedPerTurn = 32

    /// Where the socket listens.
    let address: SocketAddress
    private var descriptor: FileDescriptor?
    private var registration: Registration?
    private unowned var endpoint: TCPEndpoint?
    private(set) var pausedUntil: MonotonicTime?

    /// Opens the socket; it is watched by nobody yet.
    init(_ address: SocketAddress) throws(SystemError) {
        let descriptor = try TCP.listen(on: address)
        do throws(SystemError) {
            self.address = try TCP.localAddress(of: descriptor)
        } catch {
            descriptor.close()
            throw error
        }
        self.descriptor = descriptor
    }

    deinit { descriptor?.close() }

    /// Starts to accept connections for an endpoint.
    func open(for endpoint: TCPEndpoint) {
        self.endpoint = endpoint
        guard let descriptor else { return }
        do throws(SystemError) {
            registration = try endpoint.loop.register(descriptor, interest: .read, handler: self)
        } catch {
            pause(endpoint)
        }
    }

    /// Closes the socket; on the loop's thread.
    func close() {
        if let registration { endpoint?.loop.unregister(registration) }
        registration = nil
        descriptor?.close()
        descriptor = nil
        endpoint = nil
        pausedUntil = nil
    }

    /// Accepts again after a pause.
    func timePassed(at now: MonotonicTime) {
        guard let endpoint, let pausedUntil, pausedUntil <= now else { return }
        self.pausedUntil = nil
        if let registration {
            endpoint.loop.modify(registration, interest: .read)
        } else {
            open(for: endpoint)
        }
    }

    func ready(_ events: ReadyEvents) {
        guard let endpoint, let descriptor else { return }
        do throws(SystemError) {
            for _ in 0..<Self.acceptedPerTurn {
                guard let (socket, peer) = try TCP.accept(descriptor) else { return }
                endpoint.accepted(socket, from: peer)
            }
        } catch {
            pause(endpoint)
        }
    }

    private func pause(_ endpoint: TCPEndpoint) {
        if let registration { endpoint.loop.modify(registration, interest: []) }
        pausedUntil = endpoint.now + Self.pause
        endpoint.deadlineChanged()
    }
}
