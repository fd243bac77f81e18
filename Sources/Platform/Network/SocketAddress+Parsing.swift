// SPDX-License-Identifier: Apache-2.0
internal import Glibc

extension SocketAddress {
    /// Parses `HOST:PORT`, where the host is an IPv4 address, an IPv6 address in brackets or a name.
    ///
    /// A name is looked up, which may block for seconds; of several addresses the first IPv4 one is
    /// taken, else the first.
    public init(parsing text: String) throws(AddressError) {
        let all = try SocketAddress.all(parsing: text)
        guard let chosen = all.first(where: { $0.family == .ipv4 }) ?? all.first else {
            throw .unresolvableHost(text, host: text, reason: "no address")
        }
        self = chosen
    }

    /// Parses `HOST:PORT` and returns every address that the host has, never none.
    public static func all(parsing text: String) throws(AddressError) -> [SocketAddress] {
        let (host, port, isBracketed) = try split(text)
        guard !host.utf8.contains(0) else {
            throw .unresolvableHost(text, host: host, reason: "it contains a zero byte")
        }
        var hints = addrinfo()
        hints.ai_family = isBracketed ? AF_INET6 : AF_UNSPEC
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        hints.ai_flags = isBracketed ? AI_NUMERICHOST : 0
        var list: UnsafeMutablePointer<addrinfo>?
        let code = getaddrinfo(host, nil, &hints, &list)
        guard code == 0 else {
            if isBracketed { throw .invalidIPv6(text) }
            let reason =
                code == EAI_SYSTEM
                ? SystemError.text(of: errno) : String(cString: gai_strerror(code))
            throw .unresolvableHost(text, host: host, reason: reason)
        }
        defer { freeaddrinfo(list) }
        var found: [SocketAddress] = []
        var next = list
        while let entry = next?.pointee {
            next = entry.ai_next
            let bytes = UnsafeRawBufferPointer(start: entry.ai_addr, count: Int(entry.ai_addrlen))
            guard let address = SocketAddress(kernel: bytes) else { continue }
            found.append(address.with(port: port))
        }
        guard !found.isEmpty else {
            throw .unresolvableHost(text, host: host, reason: "no IPv4 or IPv6 address")
        }
        return found
    }

    /// Checks that the text is `HOST:PORT`, without looking the host up.
    public static func check(_ text: String) throws(AddressError) { _ = try split(text) }

    private static func split(
        _ text: String
    ) throws(AddressError) -> (host: String, port: UInt16, isBracketed: Bool) {
        let bytes = Array(text.utf8)
        guard bytes.first != UInt8(ascii: "[") else {
            guard let end = bytes.firstIndex(of: UInt8(ascii: "]")) else {
                throw .invalidIPv6(text)
            }
            let rest = bytes[(end + 1)...]
            guard rest.first == UInt8(ascii: ":") else {
                throw rest.isEmpty ? .missingPort(text) : .invalidIPv6(text)
            }
            let host = String(decoding: bytes[1..<end], as: UTF8.self)
            guard host.utf8.contains(UInt8(ascii: ":")) else { throw .invalidIPv6(text) }
            return (host, try port(rest.dropFirst(), in: text), true)
        }
        guard let colon = bytes.lastIndex(of: UInt8(ascii: ":")) else { throw .missingPort(text) }
        let host = bytes[..<colon]
        guard !host.contains(UInt8(ascii: ":")) else { throw .unbracketedIPv6(text) }
        let number = try port(bytes[(colon + 1)...], in: text)
        guard !host.isEmpty else { throw .missingHost(text) }
        return (String(decoding: host, as: UTF8.self), number, false)
    }

    private static func port(_ digits: ArraySlice<UInt8>, in text: String) throws(AddressError)
        -> UInt16
    {
        if digits.isEmpty { throw .missingPort(text) }
        let string = String(decoding: digits, as: UTF8.self)
        let areDigits = digits.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
        guard areDigits, let port = UInt16(string) else {
            throw .invalidPort(text, port: string)
        }
        return port
    }
}
