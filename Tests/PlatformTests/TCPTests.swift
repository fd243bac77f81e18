// SPDX-License-Identifier: Apache-2.0

import Platform
import Testing

@Suite struct `TCP sockets` {
    /// Sends back what it gets, as a server built on the event loop would.
    private final class Echo: IOHandler {
        let loop: EventLoop
        let fd: FileDescriptor
        var registration: Registration?
        var buffer = IOBuffer(limit: 100_000)

        init(_ loop: EventLoop, _ fd: FileDescriptor) throws(SystemError) {
            self.loop = loop
            self.fd = fd
            registration = try loop.register(fd, interest: .read, handler: self)
        }

        func ready(_ events: ReadyEvents) {
            guard let registration else { return }
            do throws(SystemError) {
                if events.contains(.readable), try buffer.readOnce(from: fd) == .endOfFile {
                    loop.unregister(registration)
                    return fd.close()
                }
                _ = try buffer.writeOnce(to: fd)
                var interest: Interest = buffer.availableCount > 0 ? .read : []
                if !buffer.isEmpty { interest.insert(.write) }
                loop.modify(registration, interest: interest)
            } catch {
                Issue.record(error)
                loop.stop()
            }
        }
    }

    @Test func `an echo server on a port of the kernel's choice answers in order`() async throws {
        try await onThread {
            let loop = try EventLoop(name: "echo")
            let listener = try TCP.listen(on: .loopback(port: 0))
            let address = try TCP.localAddress(of: listener)
            #expect(address.port != 0)
            #expect(address.host == "127.0.0.1")
            let handler = Handler()
            handler.onReady = { _ in
                while let (fd, peer) = try? TCP.accept(listener) {
                    #expect(peer.host == "127.0.0.1")
                    _ = try? Echo(loop, fd)
                }
            }
            _ = try loop.register(listener, interest: .read, handler: handler)
            loop.start()
            let clients = try (0..<3).map { _ in try connected(to: address) }
            for (index, client) in clients.enumerated() {
                let sent = (0..<300_000).map { UInt8(truncatingIfNeeded: $0 &* 13 &+ index) }
                #expect(try exchange(sent, over: client) == sent)
            }
            for client in clients { client.close() }
            loop.stop()
            loop.join()
            listener.close()
        }
    }

    private func connected(to address: SocketAddress) throws(SystemError) -> FileDescriptor {
        let fd = try TCP.connect(to: address)
        _ = try fd.wait(for: .write, timeoutMilliseconds: 5000)
        try TCP.finishConnect(fd)
        #expect(try TCP.peerAddress(of: fd) == address)
        return fd
    }

    private func exchange(_ sent: [UInt8], over fd: FileDescriptor) throws -> [UInt8] {
        let output = Bytes()
        let input = Bytes()
        #expect(output.append(sent))
        while input.count < sent.count {
            let interest: Interest = output.isEmpty ? .read : [.read, .write]
            let events = try fd.wait(for: interest, timeoutMilliseconds: 5000)
            guard !events.isEmpty else {
                Issue.record("no answer in 5 s")
                break
            }
            if events.contains(.writable) { _ = try output.writeOnce(to: fd) }
            if events.contains(.readable) { _ = try input.readOnce(from: fd) }
        }
        return input.all
    }

    @Test func `a taken port is an error that names the address`() throws {
        let first = try TCP.listen(on: .loopback(port: 0))
        defer { first.close() }
        let address = try TCP.localAddress(of: first)
        do throws(SystemError) {
            try TCP.listen(on: address).close()
            Issue.record("expected EADDRINUSE")
        } catch {
            #expect(error.isAddressInUse)
            #expect(error.description.contains("\(address)"))
        }
    }

    @Test func `nobody waiting is not an error`() throws {
        let listener = try TCP.listen(on: .loopback(port: 0))
        defer { listener.close() }
        #expect(try TCP.accept(listener) == nil)
    }

    @Test func `a refused connection is reported when it is finished`() async throws {
        try await onThread {
            let listener = try TCP.listen(on: .loopback(port: 0))
            let address = try TCP.localAddress(of: listener)
            listener.close()
            #expect(try eventually { try isRefused(address) })
        }
    }

    private func isRefused(_ address: SocketAddress) throws -> Bool {
        do throws(SystemError) {
            let fd = try TCP.connect(to: address)
            defer { fd.close() }
            _ = try fd.wait(for: .write, timeoutMilliseconds: 5000)
            try TCP.finishConnect(fd)
            return false
        } catch {
            guard error.isConnectionRefused else { throw error }
            return true
        }
    }

    @Test func `the end of one direction leaves the other open`() throws {
        let (near, far) = try TCP.socketPair()
        defer {
            near.close()
            far.close()
        }
        try TCP.shutdownWrite(near)
        var bytes: [UInt8] = []
        #expect(try far.read(appendingTo: &bytes) == .endOfFile)
        #expect(try far.write([5]) == .bytes(1))
        #expect(try near.read(appendingTo: &bytes) == .bytes(1))
        #expect(bytes == [5])
    }

    @Test func `keep-alive can be set on a connection`() throws {
        let listener = try TCP.listen(on: .loopback(port: 0))
        defer { listener.close() }
        try TCP.setKeepAlive(listener, idleSeconds: 5, intervalSeconds: 1, probeCount: 3)
    }
}
