// SPDX-License-Identifier: Apache-2.0

import KVClient
import Platform
import RESP

/// `kvcli --pipe`: commands from standard input, many on their way at a time.
struct BulkLoad {
    private let runner: Runner
    private let endpointCount: Int
    private var input = StandardInput()
    private var replies = 0
    private var errors = 0
    private var code = ExitCode.success

    /// How many commands are sent before their replies are waited for.
    private static let batch = 1000

    init(_ arguments: Arguments) throws(Complaint) {
        runner = try Runner(arguments, .session)
        endpointCount = arguments.endpoints.count
    }

    /// Runs until the input ends, and counts as redis-cli does.
    ///
    /// Goes on after error replies; not when it is not known what happened or nothing can be done, as the
    /// commands that follow may not fit any more.
    mutating func run() async throws(Complaint) -> ExitCode {
        var parser = RequestParser()
        var commands: [[[UInt8]]] = []
        var goesOn = true
        while goesOn, let command = try input.nextCommand(&parser) {
            commands.append(command)
            guard commands.count == Self.batch else { continue }
            goesOn = await run(commands)
            commands = []
        }
        if goesOn, !commands.isEmpty { _ = await run(commands) }
        await runner.close()
        guard Console.write("errors: \(errors), replies: \(replies)\n", to: .standardOutput) else {
            throw Complaint("cannot write to standard output", .inputOutput)
        }
        return code
    }

    /// Runs some commands; whether to go on.
    private mutating func run(_ commands: [[[UInt8]]]) async -> Bool {
        var goesOn = true
        for result in await runner.run(all: commands) {
            guard case .failure(let error) = result else {
                replies += 1
                continue
            }
            errors += 1
            let complaint = Complaint(error, endpointCount: endpointCount)
            Runner.complain(complaint)
            if case .server = error { replies += 1 } else { goesOn = false }
            // What is not known weighs more than what failed.
            if code == .success || complaint.code == .outcomeUnknown { code = complaint.code }
        }
        return goesOn
    }
}
