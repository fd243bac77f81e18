// SPDX-License-Identifier: Apache-2.0

internal import Platform
public import Raft

/// The command line of a simulator for your state machine.
///
/// ```swift
/// @main struct CounterSim {
///     static func main() {
///         SimulationCommand<Counter>(name: "countersim", environment: (), workload: workload).main()
///     }
/// }
/// ```
///
/// `countersim run --seeds 1..1000` runs them, `replay` shows one again, `shrink` makes a failing one
/// small, `coverage` tells what they reached; `--help` lists everything.
public struct SimulationCommand<Machine: StateMachine & ~Copyable>: Sendable {
    let name: String
    let environment: Machine.Environment
    let workload: SimulationWorkload<Machine>
    let profiles: [NamedProfile]
    var console = CommandConsole.standard

    /// Creates a command line.
    /// - Parameters:
    ///   - name: How the program is called, for help and messages.
    ///   - environment: What the machines need.
    ///   - workload: What clients do.
    ///   - profiles: What `--profile` can name; the first is the default.
    public init(
        name: String, environment: Machine.Environment,
        workload: SimulationWorkload<Machine>,
        profiles: [NamedProfile] = NamedProfile.all
    ) {
        precondition(!profiles.isEmpty, "\(name) has no profile")
        self.name = name
        self.environment = environment
        self.workload = workload
        self.profiles = profiles
    }

    /// Does what the program's arguments say, and ends the process.
    public func main() -> Never {
        LastWords.enable()
        Process.exit(run(Array(CommandLine.arguments.dropFirst())))
    }

    /// Does what the arguments say.
    /// - Parameter arguments: Without the program's name.
    /// - Returns: The exit code: 0 if all is well, 1 if something failed, 2 if the arguments are wrong.
    public func run(_ arguments: [String]) -> Int32 {
        do throws(UsageError) {
            return try dispatch(arguments)
        } catch {
            console.error("\(name): \(error.message); \(name) --help tells more\n")
            return 2
        }
    }

    private func dispatch(_ arguments: [String]) throws(UsageError) -> Int32 {
        guard let first = arguments.first else { throw UsageError("what is to be done?") }
        let rest = arguments.dropFirst()
        if first == "--help" || first == "-h" || first == "help" || rest.contains("--help") {
            console.output(help)
            return 0
        }
        guard let subcommand = Subcommand(rawValue: first) else {
            throw UsageError("there is no command \(first)")
        }
        let arguments = try CommandArguments(rest, options: subcommand.options)
        switch subcommand {
        case .run: return try arguments.operands.isEmpty ? runSeeds(arguments) : runCases(arguments)
        case .replay: return try replay(arguments)
        case .shrink: return try shrink(arguments)
        case .coverage: return try coverage(arguments)
        case .listProfiles: return listProfiles()
        }
    }

    private func listProfiles() -> Int32 {
        for profile in profiles { console.output("\(profile.name)\t\(profile.summary)\n") }
        return 0
    }

    /// The profile that `--profile` names, or the first.
    func profile(_ arguments: CommandArguments) throws(UsageError) -> NamedProfile {
        guard let wanted = arguments.text(.profile) else { return profiles[0] }
        guard let profile = profiles.first(where: { $0.name == wanted }) else {
            let known = profiles.map(\.name).joined(separator: ", ")
            throw UsageError("--profile is \(wanted), none of \(known)")
        }
        return profile
    }
}
