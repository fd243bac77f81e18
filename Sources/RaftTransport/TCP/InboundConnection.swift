// SPDX-License-Identifier: Apache-2.0

import Platform
import Raft

/// The socket of an ``InboundLink``; belongs to the event loop's thread.
final class InboundConnection: IOHandler {
    /// The host the connection comes from.
    let host: String
    private unowned let endpoint: TCPEndpoint
    private var link: InboundLink
    private var input: IOBuffer
    private var socket: (descriptor: FileDescriptor, registration: Registration)?

    init(
        _ descriptor: FileDescriptor, from address: SocketAddress, endpoint: TCPEndpoint,
        doorkeeper: Doorkeeper
    ) throws(SystemError) {
        host = address.host
        self.endpoint = endpoint
        link = InboundLink(doorkeeper: doorkeeper, at: endpoint.now)
        // The longest frame and, as reading goes on before it is whole, the start of the next.
        input = IOBuffer(
            limit: FrameCodec.headerLength + FrameCodec.maximumLength(on: .bulk) + 1 << 20)
        let registration = try endpoint.loop.register(descriptor, interest: .read, handler: self)
        socket = (descriptor, registration)
    }

    deinit { socket?.descriptor.close() }

    var deadline: MonotonicTime? { link.deadline }

    /// The peer and channel of a connection whose handshake succeeded.
    var origin: (peer: MemberID, channel: Frame.Channel)? {
        switch link.state {
        case .open(let peer, let channel): (peer, channel)
        case .greeting, .ended: nil
        }
    }

    func hasTimedOut(at now: MonotonicTime) -> Bool { link.hasTimedOut(at: now) }

    /// Closes the socket; the endpoint has to forget the connection.
    func close() {
        _ = link.ended()
        guard let socket else { return }
        self.socket = nil
        endpoint.loop.unregister(socket.registration)
        socket.descriptor.close()
    }

    func ready(_ events: ReadyEvents) {
        guard let socket else { return }
        do throws(SystemError) {
            // Once: the loop tells again of what is left, after the others had their turn.
            switch try input.readOnce(from: socket.descriptor) {
            case .bytes: process()
            case .wouldBlock: break
            case .endOfFile, .bufferFull: endpoint.ended(self)
            }
        } catch {
            endpoint.ended(self)
        }
    }

    private func process() {
        while true {
            var consumed = 0
            let action = input.withReadableBytes { receiveFrames($0, &consumed) }
            if case .accept(_, _, _, let length) = action { consumed += length }
            input.consume(consumed)
            switch action {
            case .wait, .receive: return
            case .accept(let peer, let channel, let answer, _):
                endpoint.admit(self, from: peer, on: channel)
                guard write(answer) else { return endpoint.ended(self) }
            case .refuse(let member, let answer, let refusal):
                if let answer { _ = write(answer) }
                return endpoint.refused(self, claiming: member, refusal)
            case .abort(let peer, let reason):
                return endpoint.aborted(self, from: peer, reason)
            }
        }
    }

    /// Hands over the frames that are whole; returns the first action that is something else.
    private func receiveFrames(_ bytes: RawSpan, _ consumed: inout Int) -> InboundLink.Action {
        let endpoint = endpoint
        while true {
            let action = link.received(bytes, at: consumed)
            guard case .receive(let peer, let channel, let range) = action else { return action }
            consumed = range.upperBound
            let contents = unsafe bytes.extracting(range).withUnsafeBytes { unsafe [UInt8]($0) }
            endpoint.received(Frame(peer: peer, channel: channel, bytes: contents))
        }
    }

    private func write(_ answer: [UInt8]) -> Bool {
        guard let socket else { return false }
        do throws(SystemError) {
            // A socket that takes less than this as its first bytes is of no use.
            return try socket.descriptor.write(answer) == .bytes(answer.count)
        } catch {
            return false
        }
    }
}
