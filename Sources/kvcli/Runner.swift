// SPDX-License-Identifier: Apache-2.0

import KVClient
import Platform
import RESP

/// Runs commands and prints what comes of them.
struct Runner {
    private let arguments: Arguments
    private let connection: FailoverConnection
    private let style: ReplyFormatter.Style

    /// Resolves the endpoints; those that can't be are left out unless none remains.
    init(_ arguments: Arguments) throws(Complaint) {
        self.arguments = arguments
        var addresses: [SocketAddress] = []
        var failures: [AddressError] = []
        for endpoint in arguments.endpoints {
            do throws(AddressError) {
                addresses.append(try SocketAddress(parsing: endpoint))
            } catch {
                guard case .unresolvableHost = error else {
                    throw Arguments.usage(error.description)
                }
                failures.append(error)
            }
        }
        if addresses.isEmpty {
            let reasons = failures.map(\.description).joined(separator: "; ")
            throw Complaint(reasons, .cannotConnect)
        }
        connection = FailoverConnection(
            to: EndpointList(addresses), policy: RetryPolicy(rounds: 1),
            preamble: arguments.consistency == .stale ? [[Array("READONLY".utf8)]] : [])
        let isAnnotated = FileDescriptor.standardOutput.isTerminal
        style = arguments.format == .json ? .json : isAnnotated ? .annotated : .raw
    }

    /// Where the next command goes.
    var endpoint: String { connection.endpoint.description }

    /// Runs one command of the server and prints its reply.
    func run(command: [[UInt8]]) throws(Complaint) -> ExitCode {
        let reply: Value
        do throws(ClientError) {
            reply = try connection.call(command, timeout: arguments.timeout)
        } catch {
            if case .server(let message) = error, case .annotated = style {
                try print(ReplyFormatter.format(.error(message), style))
                return .failure
            }
            throw Complaint(error, endpointCount: arguments.endpoints.count)
        }
        let isText = ReplyFormatter.isText(command) && style != .json
        try print(ReplyFormatter.format(reply, isText ? .text : style))
        return Self.code(of: reply, to: command)
    }

    /// Asks every endpoint and prints the answers.
    func run(endpointCommand command: EndpointCommand) throws(Complaint) -> ExitCode {
        let reports = Endpoints.askAll(
            arguments.endpoints, for: command, timeout: arguments.timeout)
        try print(Array(command.render(reports, arguments.format).utf8))
        for text in command.complaints(about: reports) {
            Self.complain(Complaint(text, .failure))
        }
        return command.exitCode(for: reports)
    }

    /// Prints a complaint on standard error.
    static func complain(_ complaint: Complaint) {
        Console.write("kvcli: \(complaint.message)\n", to: .standardError)
    }

    /// What a null says: that a value asked for is not there, or that a condition did not hold.
    private static func code(of reply: Value, to command: [[UInt8]]) -> ExitCode {
        guard reply == .null else { return .success }
        let words = command.map { String(decoding: $0.prefix(16), as: UTF8.self).uppercased() }
        switch words.first {
        case "GET", "GETDEL", "GETEX", "RANDOMKEY": return .notFound
        case "SET": return words.dropFirst(3).contains("GET") ? .success : .conditionFailed
        default: return .success
        }
    }

    private func print(_ bytes: [UInt8]) throws(Complaint) {
        guard Console.write(bytes, to: .standardOutput) else {
            throw Complaint("cannot write to standard output", .inputOutput)
        }
    }
}
