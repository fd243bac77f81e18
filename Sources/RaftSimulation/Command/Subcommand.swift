// SPDX-License-Identifier: Apache-2.0

internal import Raft

/// What the command line can do.
enum Subcommand: String, CaseIterable {
    case run
    case listProfiles = "list-profiles"

    var options: [CommandOption] {
        switch self {
        case .run: [.seeds, .minutes, .jobs, .profile, .failFast]
        case .listProfiles: []
        }
    }

    var operand: String? {
        switch self {
        case .run, .listProfiles: nil
        }
    }

    var summary: String {
        switch self {
        case .run: "runs seeds; exit 1 if one fails"
        case .listProfiles: "lists what --profile can name"
        }
    }
}

extension SimulationCommand where Machine: ~Copyable {
    /// All commands and their options.
    var help: String {
        var text = "Whole clusters under every fault, each a function of its seed.\n"
        for subcommand in Subcommand.allCases {
            let operand = subcommand.operand.map { " \($0)" } ?? ""
            text += "\n\(name) \(subcommand.rawValue)\(operand)\n    \(subcommand.summary)\n"
            for option in subcommand.options {
                let left = option.value.map { "\(option.name) \($0)" } ?? option.name
                let space = String(repeating: " ", count: max(1, 18 - left.count))
                text += "      \(left)\(space)\(option.summary)\n"
            }
        }
        text += "\nProfiles: "
        text += profiles.map { "\($0.name) (\($0.summary))" }.joined(separator: "; ")
        return text + ".\nExit codes: 0 all is well, 1 a property did not hold, 2 wrong usage.\n"
    }
}
