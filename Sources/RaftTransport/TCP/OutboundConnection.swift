// SPDX-License-Identifier: Apache-2.0

import Platform
import Raft

/// The socket, and the queue, of an ``OutboundLink``; belongs to the event loop's thread.
///
/// Sendable only so that a look-up can bring its result back to the loop.
final class OutboundConnection: IOHandler, @unchecked Sendable {
    private let target: PeerTarget
    private unowned let endpoint: TCPEndpoint
    private var link: OutboundLink
    private let queueLimit: Int
    private let maximumLength: Int
    private var output: IOBuffer
    private var answer: [UInt8] = []
    private var socket: (descriptor: FileDescriptor, registration: Registration)?
    private var dialCount: UInt64 = 0
    private var isScheduled = false
    private var awaitsRoom = false
    private var isCountedOpen = false

    init(
        to target: PeerTarget, channel: Frame.Channel, endpoint: TCPEndpoint,
        doorkeeper: Doorkeeper, random: SplitMix64
    ) {
        self.target = target
        self.endpoint = endpoint
        link = OutboundLink(
            to: target.id, channel: channel, doorkeeper: doorkeeper, random: random)
        queueLimit = TCPTransport.queueLimit(on: channel)
        maximumLength = FrameCodec.maximumLength(on: channel)
        output = IOBuffer(limit: max(queueLimit, FrameCodec.headerLength + maximumLength))
    }

    deinit { socket?.descriptor.close() }

    var deadline: MonotonicTime? { link.deadline }

    func start() { perform(link.start(at: endpoint.now)) }

    func timePassed(at now: MonotonicTime) { perform(link.timePassed(at: now)) }

    func introduce(by doorkeeper: Doorkeeper) {
        perform(link.introduce(by: doorkeeper, at: endpoint.now))
    }

    func stop() { perform(link.stop()) }

    /// Queues a frame, if it fits; it leaves when the turn is flushed.
    func send(_ bytes: [UInt8]) {
        let endpoint = endpoint
        guard !bytes.isEmpty, bytes.count <= maximumLength else {
            endpoint.metrics.framesDroppedInvalid += 1
            return
        }
        guard link.takesFrames else {
            endpoint.metrics.framesDroppedUnconnected += 1
            return
        }
        let size = FrameCodec.headerLength + bytes.count
        guard output.isEmpty || output.count + size <= queueLimit, output.reserve(size) else {
            endpoint.metrics.framesDroppedQueueFull += 1
            return
        }
        let header = FrameCodec.header(for: bytes)
        let isQueued =
            unsafe withUnsafeBytes(of: header.contents.littleEndian) { unsafe output.append($0) }
            && withUnsafeBytes(of: header.checksum.littleEndian) { unsafe output.append($0) }
            && output.append(bytes)
        precondition(isQueued, "no room for \(size) bytes after reserving them")
        endpoint.metrics.framesQueued += 1
        schedule()
    }

    /// Writes what has been queued.
    func flush() {
        isScheduled = false
        if link.isOpen && !awaitsRoom { write() }
    }

    func ready(_ events: ReadyEvents) {
        guard let socket else { return }
        switch link.state {
        case .idle, .backingOff: return
        case .dialing:
            do throws(SystemError) {
                try TCP.finishConnect(socket.descriptor)
            } catch {
                return perform(link.ended(at: endpoint.now))
            }
            endpoint.loop.modify(socket.registration, interest: .read)
            perform(link.connected(at: endpoint.now))
        case .greeting, .open:
            if awaitsRoom && events.contains(.writable) { write() }
            if events != .writable { read() }
        }
    }
}

extension OutboundConnection {
    private func perform(_ action: OutboundLink.Action) {
        guard action != .none else { return }
        endpoint.deadlineChanged()
        switch action {
        case .none: break
        case .dial: dial()
        case .greet(let hello): greet(hello)
        case .open:
            answer = []
            isCountedOpen = true
            endpoint.metrics.connectionsOpened += 1
            endpoint.report(.connected(target.id, link.channel))
            if !output.isEmpty { schedule() }
        case .close: closeSocket()
        case .closeRefused(let refusal):
            closeSocket()
            endpoint.reportRefusal(of: target.id, failure(refusal.cause, refusal.text))
        }
    }

    private func failure(_ cause: TransportRefusal.Cause, _ why: String) -> TransportRefusal {
        TransportRefusal(
            cause, "no connection to member \(target.id) at \(target.address): \(why)")
    }

    private func schedule() {
        if isScheduled || !link.isOpen || awaitsRoom { return }
        isScheduled = true
        endpoint.schedule(self)
    }

    private func dial() {
        dialCount += 1
        switch target.location {
        case .numeric(let address): connect(to: address)
        case .name(let name):
            let isAsked = endpoint.resolve(name) { self.resolved($0) }
            if !isAsked { perform(link.ended(at: endpoint.now)) }
        }
    }

    private func resolved(_ result: Result<[SocketAddress], AddressError>) {
        // What was asked for an earlier attempt, that timed out, does for this one as well: or names
        // that take longer than an attempt would never be reached.
        guard socket == nil, case .dialing = link.state else { return }
        switch result {
        case .failure(let error):
            endpoint.reportOnce(target.id, failure(.other, "\(error)"))
            perform(link.ended(at: endpoint.now))
        // A name may stand for several addresses: every attempt takes the next.
        case .success(let addresses):
            connect(to: addresses[Int(dialCount % UInt64(addresses.count))])
        }
    }

    private func connect(to address: SocketAddress) {
        do throws(SystemError) {
            let descriptor = try TCP.connect(to: address)
            do throws(SystemError) {
                try TCPEndpoint.watchOverSilence(of: descriptor)
                let registration = try endpoint.loop.register(
                    descriptor, interest: .write, handler: self)
                socket = (descriptor, registration)
            } catch {
                descriptor.close()
                throw error
            }
        } catch {
            perform(link.ended(at: endpoint.now))
        }
    }

    private func greet(_ hello: [UInt8]) {
        guard let socket else { return }
        do throws(SystemError) {
            // A socket that takes less than this as its first bytes is of no use.
            if try socket.descriptor.write(hello) == .bytes(hello.count) { return }
        } catch {}
        perform(link.ended(at: endpoint.now))
    }

    private func read() {
        guard let socket else { return }
        do throws(SystemError) {
            switch try socket.descriptor.read(
                appendingTo: &answer, maximum: Handshake.maximumLength)
            {
            case .bytes:
                let action = unsafe link.received(answer.span.bytes, at: endpoint.now)
                perform(action)
            case .wouldBlock, .bufferFull: break
            case .endOfFile: perform(link.ended(at: endpoint.now))
            }
        } catch {
            perform(link.ended(at: endpoint.now))
        }
    }

    private func write() {
        guard let socket, !output.isEmpty else { return }
        do throws(SystemError) {
            endpoint.metrics.writes += 1
            if case .bytes(let count) = try output.writeOnce(to: socket.descriptor) {
                endpoint.metrics.bytesSent += UInt64(count)
            }
        } catch {
            return perform(link.ended(at: endpoint.now))
        }
        awaitsRoom = !output.isEmpty
        endpoint.loop.modify(
            socket.registration, interest: awaitsRoom ? [.read, .write] : .read)
    }

    private func closeSocket() {
        endpoint.metrics.bytesAbandoned += UInt64(output.count)
        output.removeAll()
        answer = []
        awaitsRoom = false
        if isCountedOpen { endpoint.metrics.connectionsEnded += 1 }
        isCountedOpen = false
        guard let socket else { return }
        self.socket = nil
        endpoint.loop.unregister(socket.registration)
        socket.descriptor.close()
    }
}
