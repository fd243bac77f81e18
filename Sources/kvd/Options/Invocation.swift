// SPDX-License-Identifier: Apache-2.0

/// What the program was asked to do.
enum Invocation: Equatable {
    case help(String)
    case version
    case serve(ServerOptions)
    case localCluster(LocalClusterOptions)

    /// Reads arguments (without the program's name) and environment.
    init(_ arguments: [String], environment: [String: String]) throws(OptionsError) {
        if arguments.contains("--help") || arguments.contains("-h") || arguments.first == "help" {
            self = .help(Help.text)
        } else if arguments.contains("--version") {
            self = .version
        } else if arguments.first == "local-cluster" {
            self = .localCluster(try LocalClusterOptions(Array(arguments.dropFirst())))
        } else if let first = arguments.first, !first.hasPrefix("-") {
            throw OptionsError("unknown command \"\(first)\" (kvd --help lists what there is)")
        } else {
            self = .serve(
                try ServerOptions(
                    Settings(
                        flags: arguments, environment: environment, names: ServerOptions.names)))
        }
    }
}
