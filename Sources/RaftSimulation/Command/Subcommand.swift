// SPDX-License-Identifier: Apache-2.0

internal import Raft

/// What the command line can do.
enum Subcommand: String, CaseIterable {
    case run
    case replay
    case shrink
    case coverage
    case listProfiles = "list-profiles"

    var options: [CommandOption] {
        switch self {
        case .run: [.seeds, .minutes, .jobs, .profile, .failFast, .marks]
        case .replay: [.trace, .html, .json, .profile]
        case .shrink: [.out, .any, .effort, .profile]
        case .coverage: [.seeds, .minutes, .jobs, .profile, .allowMissing]
        case .listProfiles: []
        }
    }

    /// What is no option, for the help.
    var operand: String {
        switch self {
        case .run: " [FILE.json…]"
        case .replay, .shrink: " SEED|FILE.json"
        case .coverage, .listProfiles: ""
        }
    }

    var summary: String {
        switch self {
        case .run: "runs seeds, or the cases in files; exit 1 if one fails"
        case .replay: "runs one seed or case again and tells about it; exit 1 if it fails"
        case .shrink: "makes a failing seed or case as small as it can"
        case .coverage:
            "tells which marks were reached, how often and in how many seeds; exit 1 if one was not"
        case .listProfiles: "lists what --profile can name"
        }
    }
}

extension SimulationCommand where Machine: ~Copyable {
    /// All commands and their options.
    var help: String {
        var text = "Whole clusters under every fault, each a function of its seed.\n"
        for subcommand in Subcommand.allCases {
            text += "\n\(name) \(subcommand.rawValue)\(subcommand.operand)\n"
            text += "    \(subcommand.summary)\n"
            for option in subcommand.options {
                let left = option.value.map { "\(option.name) \($0)" } ?? option.name
                let space = String(repeating: " ", count: max(1, 18 - left.count))
                text += "      \(left)\(space)\(option.summary)\n"
            }
        }
        text += "\nProfiles:\n"
        for (position, profile) in profiles.enumerated() {
            let mark = position == 0 ? ", the default" : ""
            text += "      \(profile.name)\(mark): \(profile.summary)\n"
        }
        return text + "\nExit codes: 0 all is well, 1 a property did not hold, 2 wrong usage.\n"
    }
}
