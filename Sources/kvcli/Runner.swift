// SPDX-License-Identifier: Apache-2.0

import KVClient
import Platform
import RESP

/// Runs commands and prints what comes of them.
struct Runner {
    private let arguments: Arguments
    private let client: KVClient
    private let style: ReplyFormatter.Style

    /// Connects when the first command is run.
    /// - Parameter protection: How writes are kept from taking effect twice when they are sent twice.
    init(
        _ arguments: Arguments, _ protection: KVClient.Options.WriteProtection
    ) throws(Complaint) {
        self.arguments = arguments
        for endpoint in arguments.endpoints {
            do throws(AddressError) { try SocketAddress.check(endpoint) } catch {
                throw Arguments.usage(error.description)
            }
        }
        do throws(ClientError) {
            client = try KVClient(
                endpoints: arguments.endpoints, options: Self.options(arguments, protection))
        } catch {
            throw Complaint(error, endpointCount: arguments.endpoints.count)
        }
        let isAnnotated = FileDescriptor.standardOutput.isTerminal
        style = arguments.format == .json ? .json : isAnnotated ? .annotated : .raw
    }

    /// One connection, which one program has for itself; all endpoints are tried once, unless a write
    /// would end in doubt.
    private static func options(
        _ arguments: Arguments, _ protection: KVClient.Options.WriteProtection
    ) -> KVClient.Options {
        var options = KVClient.Options()
        options.writeProtection = protection
        options.consistency = arguments.consistency == .stale ? .stale : .linearizable
        options.connections = 1
        options.isExclusive = true
        options.timeout = arguments.timeout
        options.retries.rounds = 1
        let isAlone = arguments.endpoints.count == 1
        // Of the time there is, others may need a part.
        options.patience = isAlone ? arguments.timeout : min(arguments.timeout / 2, .seconds(4))
        options.connectTimeout =
            isAlone ? arguments.timeout : min(arguments.timeout / 2, .seconds(2))
        return options
    }

    /// Where the next command goes.
    var endpoint: String { client.endpoint }

    /// Runs one command of the server and prints its reply.
    func run(command: [[UInt8]]) async throws(Complaint) -> ExitCode {
        let reply: Value
        do throws(ClientError) {
            reply = try await client.call(command)
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

    /// Runs commands in order without waiting in between.
    func run(all commands: [[[UInt8]]]) async -> [Result<Value, ClientError>] {
        await client.call(all: commands)
    }

    /// Ends the session, if there is one.
    func close() async { await client.close() }

    /// Asks every endpoint and prints the answers.
    func run(endpointCommand command: EndpointCommand) async throws(Complaint) -> ExitCode {
        let reports = await EndpointReport.askAll(
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
