// SPDX-License-Identifier: Apache-2.0

import Platform

/// The port that clients connect to.
///
/// Confined to the loop.
final class ClientListener: IOHandler, LoopMember {
    /// Where it listens; the port is the one the system chose if 0 was asked for.
    let address: SocketAddress

    private let loop: EventLoop
    private let descriptor: FileDescriptor
    private let log: Log
    private var registration: Registration?
    private var server: ClientServer?
    /// When to accept again after descriptors had run out.
    private var pausedUntil: UInt64?

    /// Connections accepted at a time: others wait for the commands of those who are connected.
    private static let burst = 64
    private static let pauseNanoseconds: UInt64 = 100_000_000

    /// Takes the port; throws if it is taken.
    init(_ address: SocketAddress, loop: EventLoop, log: Log) throws(SystemError) {
        descriptor = try TCP.listen(on: address)
        do throws(SystemError) {
            self.address = try TCP.localAddress(of: descriptor)
        } catch {
            descriptor.close()
            throw error
        }
        self.loop = loop
        self.log = log
    }

    /// Begins to accept clients.
    func start(_ server: ClientServer) throws(SystemError) {
        self.server = server
        registration = try loop.register(descriptor, interest: .read, handler: self)
        loop.add(self, phase: .collect)
    }

    /// Accepts no more.
    func stop() {
        guard let registration else { return }
        self.registration = nil
        loop.unregister(registration)
        loop.remove(self)
        descriptor.close()
    }

    func ready(_ events: ReadyEvents) {
        for _ in 0..<Self.burst {
            do throws(SystemError) {
                guard let (client, address) = try TCP.accept(descriptor) else { return }
                server?.accept(client, from: address)
            } catch {
                return pause(error)
            }
        }
    }

    func turn(now: UInt64) -> Turn {
        guard let until = pausedUntil else { return .idle }
        guard now >= until else { return Turn(deadline: until) }
        pausedUntil = nil
        if let registration { loop.modify(registration, interest: .read) }
        return .idle
    }

    /// The port stays readable while connections wait: without a pause the loop would spin.
    private func pause(_ error: SystemError) {
        log.write(.warning, "cannot accept clients for a moment: \(error)")
        pausedUntil = loop.now + Self.pauseNanoseconds
        if let registration { loop.modify(registration, interest: []) }
    }
}
