// SPDX-License-Identifier: Apache-2.0

import KVClient
import Platform

/// The command line client.
@main struct KVCLI {
    static func main() async {
        do throws(Complaint) {
            let arguments = try Arguments(
                parsing: commandLine, environment: Process.environment)
            try endOnInterrupt()
            Process.exit(try await run(arguments).rawValue)
        } catch {
            Runner.complain(error)
            Process.exit(error.code.rawValue)
        }
    }

    private static func run(_ arguments: Arguments) async throws(Complaint) -> ExitCode {
        switch arguments.action {
        case .help:
            Console.write(Help.text, to: .standardOutput)
            return .success
        case .version:
            Console.write(Help.version, to: .standardOutput)
            return .success
        case .session:
            var session = try Session(arguments)
            let code = try await session.run()
            await session.close()
            return code
        case .pipe:
            var load = try BulkLoad(arguments)
            return try await load.run()
        case .endpoint(let command):
            return try await Runner(arguments, .none).run(endpointCommand: command)
        case .command(var command):
            if arguments.takesValueFromInput {
                var input = StandardInput()
                command.append(try input.all())
            }
            return try await Runner(arguments, .token).run(command: command)
        }
    }

    /// The arguments as bytes, without the program's name: a value need not be UTF-8.
    private static var commandLine: [[UInt8]] {
        (1..<max(1, Int(CommandLine.argc))).compactMap { index in
            guard let text = CommandLine.unsafeArgv[index] else { return nil }
            return Array(UnsafeBufferPointer(start: text, count: length(of: text)))
                .map { UInt8(bitPattern: $0) }
        }
    }

    private static func length(of text: UnsafePointer<CChar>) -> Int {
        var length = 0
        while text[length] != 0 { length += 1 }
        return length
    }

    /// Makes Ctrl-C end the program with a status of its own instead of a signal.
    private static func endOnInterrupt() throws(Complaint) {
        do throws(SystemError) {
            let signals = try Signals.signalFD(for: [.interrupt])
            Thread.spawn(name: "interrupt") {
                _ = try? signals.wait(for: .read, timeoutMilliseconds: -1)
                Console.write(
                    "\nkvcli: interrupted; a command that was under way may still take effect\n",
                    to: .standardError)
                Process.exit(ExitCode.interrupted.rawValue)
            }
        } catch {
            throw Complaint("cannot watch for Ctrl-C: \(error)", .failure)
        }
    }
}
