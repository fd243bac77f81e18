// SPDX-License-Identifier: Apache-2.0

import FoundationEssentials
import Testing

/// Runs a script and compares what came of it, line by line, with what the script says.
///
/// With `RAFT_REWRITE_SCRIPTS` set in the environment the literal in the test's source is replaced by what really
/// came of it instead; read the difference before keeping it.
func play(
    _ script: String, file: String = #filePath, sourceLocation: SourceLocation = #_sourceLocation
) {
    var runner = Script()
    let actual = runner.run(script)
    if actual == script { return }
    if ProcessInfo.processInfo.environment["RAFT_REWRITE_SCRIPTS"] != nil {
        rewrite(script, as: actual, in: file)
        return
    }
    let expectedLines = script.split(separator: "\n", omittingEmptySubsequences: false)
    let actualLines = actual.split(separator: "\n", omittingEmptySubsequences: false)
    let common = zip(expectedLines, actualLines).prefix { $0 == $1 }.count
    let command = actualLines.prefix(common + 1).last { $0.hasPrefix(">") } ?? ""
    let expected = expectedLines.dropFirst(common).first ?? "(the end)"
    let found = actualLines.dropFirst(common).first ?? "(the end)"
    Issue.record(
        "line \(common + 1), after \(command): expected \(expected), found \(found)\n\(actual)",
        sourceLocation: sourceLocation)
}

/// Replaces the lines of a literal in a source file, indented as they are there.
private func rewrite(_ old: String, as new: String, in file: String) {
    rewriting.withLock {
        guard let data = FileManager.default.contents(atPath: file),
            let source = String(validating: data, as: UTF8.self)
        else { return }
        for indentation in [8, 12] {
            let margin = String(repeating: " ", count: indentation)
            func indented(_ text: String) -> String {
                text.split(separator: "\n", omittingEmptySubsequences: false)
                    .map { $0.isEmpty ? "" : margin + $0 }.joined(separator: "\n")
            }
            let parts = source.split(separator: "\"\"\"\n" + indented(old) + "\n", maxSplits: 1)
            guard parts.count == 2 else { continue }
            let result = parts[0] + "\"\"\"\n" + indented(new) + "\n" + parts[1]
            try? Data(result.utf8).write(to: URL(filePath: file))
            return
        }
    }
}

private let rewriting = RewriteLock()
