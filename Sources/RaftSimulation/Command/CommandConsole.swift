// SPDX-License-Identifier: Apache-2.0

internal import Platform

/// Where a command line writes; tests collect it instead.
struct CommandConsole: Sendable {
    let output: @Sendable (String) -> Void
    let error: @Sendable (String) -> Void
    /// Whether somebody watches the errors: then progress is shown there.
    let showsProgress: Bool

    static let standard = CommandConsole(
        output: { Console.write($0, to: .standardOutput) },
        error: { Console.write($0, to: .standardError) },
        showsProgress: FileDescriptor.standardError.isTerminal)
}
