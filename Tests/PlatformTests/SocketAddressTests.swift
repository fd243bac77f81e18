// SPDX-License-Identifier: Apache-2.0

import Platform
import Testing

@Suite struct `Socket addresses` {
    private func failure(_ text: String) -> AddressError? {
        do throws(AddressError) {
            _ = try SocketAddress(parsing: text)
            return nil
        } catch {
            return error
        }
    }

    @Test func `an IPv4 address is written as it is read`() throws {
        let address = try SocketAddress(parsing: "127.0.0.1:6379")
        #expect(address.host == "127.0.0.1")
        #expect(address.port == 6379)
        #expect(address.family == .ipv4)
        #expect(address.description == "127.0.0.1:6379")
        #expect(address == .loopback(port: 6379))
    }

    @Test func `an IPv6 address stands in brackets`() throws {
        let address = try SocketAddress(parsing: "[0:0:0:0:0:0:0:1]:80")
        #expect(address.host == "::1")
        #expect(address.family == .ipv6)
        #expect(address.description == "[::1]:80")
        #expect(failure("::1:80") == .unbracketedIPv6("::1:80"))
        #expect(failure("[::1:80") == .invalidIPv6("[::1:80"))
        #expect(failure("[::1]80") == .invalidIPv6("[::1]80"))
        #expect(failure("[127.0.0.1]:80") == .invalidIPv6("[127.0.0.1]:80"))
        #expect(failure("[::zz]:80") == .invalidIPv6("[::zz]:80"))
    }

    @Test func `a name is resolved, to IPv4 where it can`() throws {
        let address = try SocketAddress(parsing: "localhost:7379")
        #expect(address == .loopback(port: 7379))
        #expect(try SocketAddress.all(parsing: "localhost:7379").contains(address))
    }

    @Test func `a missing or impossible part is named`() {
        #expect(failure("localhost") == .missingPort("localhost"))
        #expect(failure("") == .missingPort(""))
        #expect(failure("localhost:") == .missingPort("localhost:"))
        #expect(failure("[::1]") == .missingPort("[::1]"))
        #expect(failure(":80") == .missingHost(":80"))
        for port in ["65536", "-1", "+1", "8x", " 80", "99999999999999999999"] {
            #expect(failure("h:\(port)") == .invalidPort("h:\(port)", port: port))
        }
        #expect(failure("h:8x")?.description.contains("port \"8x\"") == true)
    }

    @Test func `a host with a zero byte is not cut short at it`() {
        guard case .unresolvableHost? = failure("127.0.0.1\0.example:80") else {
            Issue.record("expected the host to be refused")
            return
        }
    }

    @Test func `a name that nobody knows is an error with the name in it`() {
        // A leading dot is no name at all, so no server is asked.
        let error = failure(".:80")
        #expect(error?.description.contains("cannot resolve host \".\"") == true)
    }

    @Test func `the ports 0 and 65535 are ports`() throws {
        #expect(try SocketAddress(parsing: "127.0.0.1:0").port == 0)
        #expect(try SocketAddress(parsing: "127.0.0.1:65535").port == 65535)
    }

    @Test func `an error says which call failed on what and why`() {
        let error = SystemError(call: "bind", errno: 98, subject: "127.0.0.1:7379")
        #expect(error.description == "bind 127.0.0.1:7379: Address already in use (EADDRINUSE)")
        #expect(SystemError(call: "fsync", errno: 5).description.hasPrefix("fsync: "))
    }
}
