// SPDX-License-Identifier: Apache-2.0

internal import Platform

/// Finds the addresses of an endpoint, each time anew: what a name stands for may have moved.
///
/// A name with several addresses stands for all of them; they are tried beginning with another one each
/// time. Confined to the loop; looking a name up may block for seconds, so that is done on a thread, on one
/// at a time.
final class Resolver {
    /// Why there is no address.
    struct Failure: Error {
        let reason: String
    }

    typealias Completion = (Result<[SocketAddress], Failure>) -> Void

    private let endpoint: String
    private let loop: EventLoop
    private var waiting: [Completion] = []
    private var turn = 0

    init(_ endpoint: String, _ loop: EventLoop) {
        self.endpoint = endpoint
        self.loop = loop
    }

    /// Calls the closure with the addresses, at once if the endpoint is one itself.
    func resolve(_ completion: @escaping Completion) {
        guard !Self.isNumeric(endpoint) else {
            return finish([completion], Self.look(up: endpoint))
        }
        waiting.append(completion)
        guard waiting.count == 1 else { return }
        let handle = Handle(resolver: self)
        Thread.spawn(name: "resolve") { [endpoint, loop] in
            let result = Self.look(up: endpoint)
            loop.perform {
                let waiting = handle.resolver.waiting
                handle.resolver.waiting = []
                handle.resolver.finish(waiting, result)
            }
        }
    }

    /// Carries the resolver past a thread that does not touch it.
    private struct Handle: @unchecked Sendable {
        let resolver: Resolver
    }

    private func finish(_ completions: [Completion], _ result: Result<[SocketAddress], Failure>) {
        for completion in completions {
            completion(
                result.map { found in
                    let first = turn % max(1, found.count)
                    return Array(found[first...] + found[..<first])
                })
            turn += 1
        }
    }

    private static func look(up endpoint: String) -> Result<[SocketAddress], Failure> {
        do throws(AddressError) {
            let all = try SocketAddress.all(parsing: endpoint)
            // Servers that listen on loopback mostly do so in IPv4 alone.
            return .success(
                all.filter { $0.family == .ipv4 } + all.filter { $0.family == .ipv6 })
        } catch {
            return .failure(Failure(reason: error.description))
        }
    }

    /// Whether the host is an address: parsing it then blocks nobody.
    private static func isNumeric(_ endpoint: String) -> Bool {
        let digits = UInt8(ascii: "0")...UInt8(ascii: "9")
        return endpoint.hasPrefix("[")
            || endpoint.utf8.allSatisfy {
                digits.contains($0) || $0 == UInt8(ascii: ".") || $0 == UInt8(ascii: ":")
            }
    }
}
