// SPDX-License-Identifier: Apache-2.0

import Platform
import RESP

/// Asks a member of the local cluster what it is. Blocks, for a second at most.
enum MemberQuery {
    /// What `INFO raft` says the member's role is; nil if it does not answer.
    static func role(at address: String) -> String? {
        guard let text = try? information(at: address) else { return nil }
        let prefix = "raft_role:"
        let line = text.split { $0.isNewline }.first { $0.hasPrefix(prefix) }
        return line.map { String($0.dropFirst(prefix.count)) }
    }

    private enum Failure: Error {
        case noAnswer
    }

    private static let timeoutMilliseconds = 1000

    private static func information(at text: String) throws -> String? {
        let address = try SocketAddress(parsing: text)
        let socket = try TCP.connect(to: address)
        defer { socket.close() }
        guard try socket.wait(for: .write, timeoutMilliseconds: timeoutMilliseconds) != [] else {
            throw Failure.noAnswer
        }
        try TCP.finishConnect(socket)
        var request: [UInt8] = []
        RequestWriter.append(["INFO", "raft"], to: &request)
        // Far less than an empty socket takes.
        _ = try socket.write(request)
        var parser = ReplyParser()
        while true {
            var bytes: [UInt8] = []
            guard try socket.wait(for: .read, timeoutMilliseconds: timeoutMilliseconds) != [],
                case .bytes = try socket.read(appendingTo: &bytes)
            else { throw Failure.noAnswer }
            parser.append(bytes)
            if let reply = try parser.next() { return reply.text }
        }
    }
}
