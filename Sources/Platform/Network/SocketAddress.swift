// SPDX-License-Identifier: Apache-2.0
internal import Glibc

/// An IPv4 or IPv6 address with a port.
///
/// Always numeric: a name is resolved once, when the address is parsed. Whoever connects again later
/// parses the name again, because what it stands for may have moved.
public struct SocketAddress: Hashable, Sendable, CustomStringConvertible {
    /// The address family.
    public enum Family: Hashable, Sendable {
        /// Internet Protocol version 4.
        case ipv4
        /// Internet Protocol version 6.
        case ipv6
    }

    /// IPv4 or IPv6.
    public let family: Family

    /// The port in host byte order; 0 lets the kernel choose when listening.
    public var port: UInt16

    // Network byte order as in memory, zero padded; IPv4 uses the first four bytes.
    let address: SIMD16<UInt8>
    let scope: UInt32

    init(family: Family, address: SIMD16<UInt8>, scope: UInt32, port: UInt16) {
        self.family = family
        self.address = address
        self.scope = scope
        self.port = port
    }

    /// The numeric host, IPv6 without brackets, such as `127.0.0.1` or `::1`.
    public var host: String {
        var bytes = address
        let text = withUnsafeBytes(of: &bytes) { source in
            withUnsafeTemporaryAllocation(of: CChar.self, capacity: Int(INET6_ADDRSTRLEN)) {
                buffer in
                let kind = family == .ipv4 ? AF_INET : AF_INET6
                let result = inet_ntop(
                    kind, source.baseAddress, buffer.baseAddress, socklen_t(buffer.count))
                return result.map { String(cString: $0) } ?? "?"
            }
        }
        return scope == 0 ? text : "\(text)%\(scope)"
    }

    /// Host and port as `parsing` takes them, such as `127.0.0.1:6379` or `[::1]:6379`.
    public var description: String {
        switch family {
        case .ipv4: "\(host):\(port)"
        case .ipv6: "[\(host)]:\(port)"
        }
    }

    /// Whether the address means every interface of this machine (`0.0.0.0`, `::`).
    public var isUnspecified: Bool { address == SIMD16(repeating: 0) }

    /// The same host with another port.
    public func with(port: UInt16) -> SocketAddress {
        SocketAddress(family: family, address: address, scope: scope, port: port)
    }

    /// The address `127.0.0.1` with this port.
    public static func loopback(port: UInt16) -> SocketAddress {
        var address = SIMD16<UInt8>(repeating: 0)
        address[0] = 127
        address[3] = 1
        return SocketAddress(family: .ipv4, address: address, scope: 0, port: port)
    }
}

extension SocketAddress {
    /// Hands the address over in the kernel's form.
    func withSocketAddress<Result>(
        _ body: (UnsafePointer<sockaddr>, socklen_t) -> Result
    ) -> Result {
        var storage = sockaddr_storage()
        let length = withUnsafeMutableBytes(of: &storage) { bytes in
            var source = address
            return withUnsafeBytes(of: &source) { address in
                switch family {
                case .ipv4:
                    var value = sockaddr_in()
                    value.sin_family = sa_family_t(AF_INET)
                    value.sin_port = port.bigEndian
                    withUnsafeMutableBytes(of: &value.sin_addr) {
                        $0.copyMemory(from: UnsafeRawBufferPointer(rebasing: address[..<4]))
                    }
                    bytes.storeBytes(of: value, as: sockaddr_in.self)
                    return MemoryLayout<sockaddr_in>.size
                case .ipv6:
                    var value = sockaddr_in6()
                    value.sin6_family = sa_family_t(AF_INET6)
                    value.sin6_port = port.bigEndian
                    value.sin6_scope_id = scope
                    withUnsafeMutableBytes(of: &value.sin6_addr) { $0.copyMemory(from: address) }
                    bytes.storeBytes(of: value, as: sockaddr_in6.self)
                    return MemoryLayout<sockaddr_in6>.size
                }
            }
        }
        return withUnsafePointer(to: &storage) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { body($0, socklen_t(length)) }
        }
    }

    /// Lets the kernel fill in an address; nil for families other than IP.
    static func reading<Result>(
        _ body: (UnsafeMutablePointer<sockaddr>, UnsafeMutablePointer<socklen_t>) -> Result
    ) -> (result: Result, address: SocketAddress?) {
        var storage = sockaddr_storage()
        var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
        let result = withUnsafeMutablePointer(to: &storage) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { body($0, &length) }
        }
        let address = withUnsafeBytes(of: &storage) { SocketAddress(kernel: $0) }
        return (result, address)
    }

    /// Reads the kernel's form; nil for families other than IP.
    init?(kernel bytes: UnsafeRawBufferPointer) {
        var address = SIMD16<UInt8>(repeating: 0)
        let family = Int32(bytes.load(as: sa_family_t.self))
        if family == AF_INET, bytes.count >= MemoryLayout<sockaddr_in>.size {
            let value = bytes.loadUnaligned(as: sockaddr_in.self)
            withUnsafeBytes(of: value.sin_addr) { source in
                withUnsafeMutableBytes(of: &address) { $0.copyMemory(from: source) }
            }
            self.init(
                family: .ipv4, address: address, scope: 0, port: UInt16(bigEndian: value.sin_port))
        } else if family == AF_INET6, bytes.count >= MemoryLayout<sockaddr_in6>.size {
            let value = bytes.loadUnaligned(as: sockaddr_in6.self)
            withUnsafeBytes(of: value.sin6_addr) { source in
                withUnsafeMutableBytes(of: &address) { $0.copyMemory(from: source) }
            }
            self.init(
                family: .ipv6, address: address, scope: value.sin6_scope_id,
                port: UInt16(bigEndian: value.sin6_port))
        } else {
            return nil
        }
    }
}
