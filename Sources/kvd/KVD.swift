// SPDX-License-Identifier: Apache-2.0

import Platform

/// The program: finds out what is asked of it, and does that until its process ends.
@main
struct KVD {
    /// The version of the program.
    static let version = "0.1.0"

    static func main() {
        let arguments = Array(CommandLine.arguments.dropFirst())
        do throws(OptionsError) {
            switch try Invocation(arguments, environment: Process.environment) {
            case .help(let text): Console.write(text, to: .standardOutput)
            case .version: Console.write("kvd \(version)\n", to: .standardOutput)
            case .serve(let options): Server.run(options)
            case .localCluster(let options): LocalCluster.run(options)
            }
        } catch {
            fail(.badConfiguration, error.message)
        }
    }

    /// How the process can end.
    enum ExitCode: Int32 {
        case success = 0
        case failure = 1
        case badConfiguration = 2
        case unusableDirectory = 3
    }

    /// Ends the process with one line that says why.
    static func fail(_ code: ExitCode, _ message: String) -> Never {
        Console.write("kvd: \(message)\n", to: .standardError)
        Process.exit(code.rawValue)
    }
}
