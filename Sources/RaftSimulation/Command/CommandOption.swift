// SPDX-License-Identifier: Apache-2.0

/// An option of the command line.
struct CommandOption: Hashable {
    let name: String
    /// What to write for the value in the help; nil for a switch.
    let value: String?
    let summary: String

    init(_ name: String, _ value: String?, _ summary: String) {
        self.name = name
        self.value = value
        self.summary = summary
    }
}

extension CommandOption {
    static let seeds = CommandOption("--seeds", "A..B", "these seeds; A.. for all from A on")
    static let minutes = CommandOption("--minutes", "M", "begin no seed after so many minutes")
    static let jobs = CommandOption("--jobs", "J", "so many threads; by default one for each core")
    static let profile = CommandOption("--profile", "NAME", "what worlds to draw, see below")
    static let failFast = CommandOption("--fail-fast", nil, "end with the first that fails")
    static let trace = CommandOption("--trace", nil, "show everything that happens")
    static let html = CommandOption("--html", "FILE", "draw it as a page for a browser")
    static let json = CommandOption("--json", "FILE", "write it as a case of its own")
    static let out = CommandOption("--out", "FILE", "where to write the small case")
    static let any = CommandOption("--any", nil, "let it fail by another property, too")
    static let effort = CommandOption("--effort", "N", "simulate so many million events, not 15")
    static let marks = CommandOption("--marks", nil, "fail if a mark is never reached, too")
    static let allowMissing = CommandOption("--allow-missing", nil, "exit 0 all the same")
}

/// What is wrong with the arguments, in one line.
struct UsageError: Error, Hashable {
    let message: String

    init(_ message: String) { self.message = message }
}
