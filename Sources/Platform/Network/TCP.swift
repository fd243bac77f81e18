// SPDX-License-Identifier: Apache-2.0
internal import CLinux
internal import Glibc

/// TCP sockets, all of them non-blocking and closed on exec.
public enum TCP {
    /// Opens a listening socket with `SO_REUSEADDR`; port 0 picks a free one (see `localAddress`).
    public static func listen(
        on address: SocketAddress, backlog: Int32 = 511
    ) throws(SystemError) -> FileDescriptor {
        let fd = try socket(for: address)
        do throws(SystemError) {
            // Without it a restarted server could not listen while old connections linger.
            try setOption(fd, SOL_SOCKET, SO_REUSEADDR, 1)
            try systemCall("bind", address.description) {
                address.withSocketAddress { Glibc.bind(fd.rawValue, $0, $1) }
            }
            try systemCall("listen", address.description) { Glibc.listen(fd.rawValue, backlog) }
        } catch {
            fd.close()
            throw error
        }
        return fd
    }

    /// Takes one waiting connection, with `TCP_NODELAY`; nil if none waits.
    ///
    /// Connections that died while waiting are skipped. When descriptors run out
    /// (`SystemError.isOutOfDescriptors`) the listener stays readable: give up its read interest for
    /// a while, or the loop spins.
    public static func accept(
        _ listener: FileDescriptor
    ) throws(SystemError) -> (descriptor: FileDescriptor, peer: SocketAddress)? {
        let flags = Int32(SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue)
        while true {
            var code: Int32 = 0
            let (raw, peer) = SocketAddress.reading { address, length in
                let result = clinux_accept4(listener.rawValue, address, length, flags)
                code = errno
                return result
            }
            if raw >= 0 {
                let fd = FileDescriptor(rawValue: raw)
                guard let peer else {
                    fd.close()
                    continue
                }
                do throws(SystemError) {
                    try setOption(fd, Int32(IPPROTO_TCP), TCP_NODELAY, 1)
                } catch {
                    fd.close()
                    continue
                }
                return (fd, peer)
            }
            switch code {
            case EAGAIN, EWOULDBLOCK:
                return nil
            case EINTR, ECONNABORTED, EPROTO, ENETDOWN, ENOPROTOOPT, EHOSTDOWN, ENONET,
                EHOSTUNREACH, EOPNOTSUPP, ENETUNREACH:
                // accept(2): errors of the new connection, not of the listener.
                continue
            default:
                throw SystemError(call: "accept", errno: code, subject: listener.subject)
            }
        }
    }

    /// Starts to connect, with `TCP_NODELAY`; once writable, `finishConnect` tells the outcome.
    public static func connect(to address: SocketAddress) throws(SystemError) -> FileDescriptor {
        let fd = try socket(for: address)
        do throws(SystemError) {
            try setOption(fd, Int32(IPPROTO_TCP), TCP_NODELAY, 1)
            let result = address.withSocketAddress { Glibc.connect(fd.rawValue, $0, $1) }
            // An interrupted connect goes on in the background, like one in progress.
            if result != 0 && errno != EINPROGRESS && errno != EINTR {
                throw SystemError(call: "connect", errno: errno, subject: address.description)
            }
        } catch {
            fd.close()
            throw error
        }
        return fd
    }

    /// Tells how a connection attempt ended; call it when the socket has become writable.
    ///
    /// The caller still owns the descriptor when this throws.
    public static func finishConnect(_ fd: FileDescriptor) throws(SystemError) {
        var code: Int32 = 0
        var length = socklen_t(MemoryLayout<Int32>.size)
        try systemCall("getsockopt") {
            getsockopt(fd.rawValue, SOL_SOCKET, SO_ERROR, &code, &length)
        }
        guard code == 0 else { throw SystemError(call: "connect", errno: code) }
        let peer = try peerAddress(of: fd)
        // A local port that nobody listens on may be the very one the kernel gave to this socket:
        // TCP then connects it to itself.
        if try localAddress(of: fd) == peer {
            throw SystemError(call: "connect", errno: ECONNREFUSED, subject: peer.description)
        }
    }

    /// The address that the socket has on this machine: which port the kernel chose.
    public static func localAddress(of fd: FileDescriptor) throws(SystemError) -> SocketAddress {
        var address: SocketAddress?
        try systemCall("getsockname", fd.subject) {
            let (result, found) = SocketAddress.reading { getsockname(fd.rawValue, $0, $1) }
            address = found
            return result
        }
        guard let address else {
            throw SystemError(call: "getsockname", errno: EAFNOSUPPORT, subject: fd.subject)
        }
        return address
    }

    /// The address of the other side.
    public static func peerAddress(of fd: FileDescriptor) throws(SystemError) -> SocketAddress {
        var address: SocketAddress?
        try systemCall("getpeername", fd.subject) {
            let (result, found) = SocketAddress.reading { getpeername(fd.rawValue, $0, $1) }
            address = found
            return result
        }
        guard let address else {
            throw SystemError(call: "getpeername", errno: EAFNOSUPPORT, subject: fd.subject)
        }
        return address
    }

    /// Ends the sending side; the peer reads what was sent and then the end of the stream.
    public static func shutdownWrite(_ fd: FileDescriptor) throws(SystemError) {
        try systemCall("shutdown", fd.subject) { shutdown(fd.rawValue, Int32(SHUT_WR)) }
    }

    /// Lets the kernel find out that the other side vanished without a word.
    /// - Parameters:
    ///   - idleSeconds: silence before the first probe, at least 1.
    ///   - intervalSeconds: between probes, at least 1.
    ///   - probeCount: unanswered probes before the connection fails, at least 1. Unacknowledged
    ///     data fails it after the same total time.
    public static func setKeepAlive(
        _ fd: FileDescriptor, idleSeconds: Int32, intervalSeconds: Int32, probeCount: Int32
    ) throws(SystemError) {
        let tcp = Int32(IPPROTO_TCP)
        try setOption(fd, SOL_SOCKET, SO_KEEPALIVE, 1)
        try setOption(fd, tcp, TCP_KEEPIDLE, idleSeconds)
        try setOption(fd, tcp, TCP_KEEPINTVL, intervalSeconds)
        try setOption(fd, tcp, TCP_KEEPCNT, probeCount)
        let total = Int64(idleSeconds) + Int64(intervalSeconds) * Int64(probeCount)
        try setOption(fd, tcp, TCP_USER_TIMEOUT, Int32(clamping: total * 1000))
    }

    /// Creates two connected stream sockets inside this process.
    public static func socketPair() throws(SystemError) -> (FileDescriptor, FileDescriptor) {
        var pair: (Int32, Int32) = (-1, -1)
        let kind = Int32(SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue)
        try systemCall("socketpair") {
            withUnsafeMutableBytes(of: &pair) {
                Glibc.socketpair(
                    AF_UNIX, kind, 0, $0.assumingMemoryBound(to: Int32.self).baseAddress)
            }
        }
        return (FileDescriptor(rawValue: pair.0), FileDescriptor(rawValue: pair.1))
    }

    private static func socket(for address: SocketAddress) throws(SystemError) -> FileDescriptor {
        let kind = Int32(SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue)
        let family = address.family == .ipv4 ? AF_INET : AF_INET6
        let raw = try systemCall("socket", address.description) { Glibc.socket(family, kind, 0) }
        return FileDescriptor(rawValue: raw)
    }

    private static func setOption(
        _ fd: FileDescriptor, _ level: Int32, _ option: Int32, _ value: Int32
    ) throws(SystemError) {
        var value = value
        let size = socklen_t(MemoryLayout<Int32>.size)
        try systemCall("setsockopt", fd.subject) {
            setsockopt(fd.rawValue, level, option, &value, size)
        }
    }
}
