// SPDX-License-Identifier: Apache-2.0

import KVClient
import Platform
import RESP

/// Commands read line by line: with a prompt from a terminal, without one from a pipe.
struct Session {
    private let runner: Runner
    private var input = StandardInput()
    private let isInteractive: Bool

    init(_ arguments: Arguments) throws(Complaint) {
        isInteractive =
            FileDescriptor.standardInput.isTerminal && FileDescriptor.standardOutput.isTerminal
        // A person thinks between two commands: a session would have to be kept alive for hours.
        runner = try Runner(arguments, isInteractive ? .token : .session)
    }

    /// Ends the client.
    func close() async { await runner.close() }

    /// Runs until the input ends or says `quit`; the status of the first command that failed.
    ///
    /// A person may go on after any failure. A script goes on after an error reply only: when
    /// it is not known what happened, the commands that follow may not fit any more.
    mutating func run() async throws(Complaint) -> ExitCode {
        var code = ExitCode.success
        while true {
            if isInteractive { Console.write("\(runner.endpoint)> ", to: .standardOutput) }
            guard let line = try input.nextLine() else {
                if isInteractive { Console.write("\n", to: .standardOutput) }
                return code
            }
            do throws(Complaint) {
                guard let result = try await run(line: line) else { return code }
                if code == .success, result == .failure { code = result }
            } catch {
                Runner.complain(error)
                if code == .success { code = error.code }
                guard isInteractive || error.code == .failure || error.code == .invalidInput else {
                    return error.code
                }
            }
            // What a person saw and could react to is no failure of the session.
            if isInteractive { code = .success }
        }
    }

    /// Runs one line; nil if it ends the session.
    private func run(line: [UInt8]) async throws(Complaint) -> ExitCode? {
        guard let words = InlineArguments.split(line) else {
            throw Complaint("unbalanced quotes in: \(ReplyFormatter.quoted(line))", .invalidInput)
        }
        guard let first = words.first else { return .success }
        switch String(decoding: first, as: UTF8.self).lowercased() {
        case "quit", "exit": return nil
        case "help", "?":
            Console.write(Help.text, to: .standardOutput)
            return .success
        case "endpoint":
            guard words.count == 2,
                let command = EndpointCommand(rawValue: String(decoding: words[1], as: UTF8.self))
            else {
                let names = EndpointCommand.allCases.map(\.rawValue).joined(separator: ", ")
                throw Complaint("endpoint needs one of: \(names)", .invalidInput)
            }
            return try await runner.run(endpointCommand: command)
        default: return try await runner.run(command: words)
        }
    }
}
