// SPDX-License-Identifier: Apache-2.0

internal import Platform

/// One attempt at a connection, and the connection that comes of it.
///
/// Confined to the loop. Once ``end()`` was called it tells nothing more.
final class LaneSocket: IOHandler {
    private let lane: Int
    private let loop: EventLoop
    private unowned let owner: ClientLoop
    /// Those that are to be tried yet.
    private var addresses: ArraySlice<SocketAddress> = []
    private var descriptor: FileDescriptor?
    private var registration: Registration?
    private var isConnected = false
    private var hasEnded = false
    private var inbox: [UInt8] = []

    init(_ lane: Int, _ loop: EventLoop, _ owner: ClientLoop) {
        self.lane = lane
        self.loop = loop
        self.owner = owner
    }

    /// Tries all addresses that the endpoint has, one after the other.
    func connect(_ resolver: Resolver) {
        resolver.resolve { [self] result in
            guard !hasEnded else { return }
            switch result {
            case .success(let found):
                addresses = found[...]
                connectToNext(reason: "it has no address")
            case .failure(let error): fail(reason: error.reason)
            }
        }
    }

    /// Writes once.
    func write(_ bytes: UnsafeRawBufferPointer) throws(SystemError) -> WriteResult {
        guard let descriptor, isConnected else { return .wouldBlock }
        return try unsafe descriptor.write(bytes)
    }

    /// Says whether to look for room to write.
    func wait(forWrite isWaiting: Bool) {
        guard let registration, isConnected else { return }
        loop.modify(registration, interest: isWaiting ? [.read, .write] : .read)
    }

    /// Closes the connection or gives the attempt up.
    func end() {
        hasEnded = true
        release()
    }

    func ready(_ events: ReadyEvents) {
        guard let descriptor else { return }
        guard isConnected else { return finishConnecting(descriptor) }
        // Bytes may still be there to be read behind a hang-up.
        guard !events.isDisjoint(with: [.readable, .hangup, .error]) else { return }
        inbox.removeAll(keepingCapacity: true)
        do throws(SystemError) {
            switch try descriptor.read(appendingTo: &inbox) {
            case .bytes: owner.received(inbox, on: lane)
            case .endOfFile: owner.lost(lane, .lost(reason: "the server closed it"))
            case .wouldBlock, .bufferFull: break
            }
        } catch {
            owner.lost(lane, .lost(reason: SystemError.text(of: error.errno)))
        }
    }

    private func connectToNext(reason: String) {
        guard let address = addresses.popFirst() else { return fail(reason: reason) }
        do throws(SystemError) {
            let descriptor = try TCP.connect(to: address)
            self.descriptor = descriptor
            // A host that vanishes is noticed although nothing is owed.
            try TCP.setKeepAlive(descriptor, idleSeconds: 15, intervalSeconds: 5, probeCount: 3)
            registration = try loop.register(descriptor, interest: .write, handler: self)
        } catch {
            release()
            connectToNext(reason: SystemError.text(of: error.errno))
        }
    }

    private func finishConnecting(_ descriptor: FileDescriptor) {
        do throws(SystemError) {
            try TCP.finishConnect(descriptor)
        } catch {
            release()
            return connectToNext(reason: SystemError.text(of: error.errno))
        }
        isConnected = true
        wait(forWrite: false)
        owner.connected(lane)
    }

    private func fail(reason: String) { owner.lost(lane, .refused(reason: reason)) }

    private func release() {
        if let registration { loop.unregister(registration) }
        registration = nil
        descriptor?.close()
        descriptor = nil
    }
}
