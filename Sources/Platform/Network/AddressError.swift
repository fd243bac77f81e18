// SPDX-License-Identifier: Apache-2.0

/// Why a text is not a usable socket address.
public enum AddressError: Error, Hashable, Sendable, CustomStringConvertible {
    /// There is nothing before the colon.
    case missingHost(String)
    /// There is no colon with a port behind it.
    case missingPort(String)
    /// The port is not a number from 0 to 65535.
    case invalidPort(String, port: String)
    /// An IPv6 address without brackets: where it ends is ambiguous.
    case unbracketedIPv6(String)
    /// The brackets hold no IPv6 address, or do not match.
    case invalidIPv6(String)
    /// No address is known for the host name.
    case unresolvableHost(String, host: String, reason: String)

    /// What is wrong and how to write it instead.
    public var description: String {
        switch self {
        case .missingHost(let text):
            "address \"\(text)\" has no host; write HOST:PORT, or 0.0.0.0:PORT for every interface"
        case .missingPort(let text):
            "address \"\(text)\" has no port; write HOST:PORT, such as 127.0.0.1:6379"
        case .invalidPort(let text, let port):
            "address \"\(text)\": port \"\(port)\" is not a number from 0 to 65535"
        case .unbracketedIPv6(let text):
            "address \"\(text)\": put an IPv6 address in brackets, such as [::1]:6379"
        case .invalidIPv6(let text):
            "address \"\(text)\" is not an IPv6 address in brackets, such as [::1]:6379"
        case .unresolvableHost(let text, let host, let reason):
            "address \"\(text)\": cannot resolve host \"\(host)\": \(reason)"
        }
    }
}
