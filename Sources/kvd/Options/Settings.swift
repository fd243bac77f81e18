// SPDX-License-Identifier: Apache-2.0

import Platform

/// Everything that was given, by name; a flag counts before the environment, that before the file.
struct Settings {
    private var given: [String: Setting] = [:]

    /// Set for children of `local-cluster`; no setting.
    static let lifelineVariable = "KVD_LIFELINE_FD"
    private static let prefix = "KVD_"
    /// Long enough for any file of settings, short enough to notice that it is something else.
    private static let fileLimit = 1 << 20

    /// The setting of that name, if it was given.
    subscript(name: String) -> Setting? { given[name] }

    /// The setting of that name, which must have been given.
    func required(_ name: String, _ purpose: String) throws(OptionsError) -> Setting {
        guard let setting = given[name] else {
            throw OptionsError("--\(name) is missing: \(purpose)")
        }
        return setting
    }

    /// Reads flags only.
    /// - Parameter names: Those that are known.
    init(flags: [String], names: [String]) throws(OptionsError) {
        var index = 0
        while index < flags.count {
            let flag = flags[index]
            guard flag.hasPrefix("--"), flag.count > 2 else {
                throw OptionsError("unexpected argument \"\(flag)\" (kvd --help lists the flags)")
            }
            let parts = flag.dropFirst(2).split(
                separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            let name = String(parts[0])
            guard names.contains(name) else {
                throw OptionsError("unknown flag --\(name) (kvd --help lists the flags)")
            }
            guard given[name] == nil else { throw OptionsError("--\(name) is given twice") }
            if parts.count == 2 {
                given[name] = Setting(value: String(parts[1]), source: .flag(name))
            } else {
                index += 1
                guard index < flags.count else { throw OptionsError("--\(name) has no value") }
                given[name] = Setting(value: flags[index], source: .flag(name))
            }
            index += 1
        }
    }

    /// Reads flags, environment, and the file that one of them names as `config`.
    init(
        flags: [String], environment: [String: String], names: [String]
    ) throws(OptionsError) {
        try self.init(flags: flags, names: names)
        try add(environment: environment, names: names)
        guard let config = given["config"] else { return }
        let path = try config.text()
        let bytes: [UInt8]
        do throws(SystemError) {
            bytes = try Files.readAll(path, limit: Self.fileLimit)
        } catch {
            throw config.error("\(error)")
        }
        try add(
            file: String(decoding: bytes, as: UTF8.self), path: path,
            names: names.filter { $0 != "config" })
    }

    /// Adds what flags have not said.
    mutating func add(environment: [String: String], names: [String]) throws(OptionsError) {
        // Sorted, so that of several mistakes the same is always told first.
        for (variable, value) in environment.sorted(by: { $0.key < $1.key }) {
            guard variable.hasPrefix(Self.prefix), variable != Self.lifelineVariable,
                !Self.isServiceLink(variable)
            else { continue }
            guard let name = names.first(where: { Self.variable(for: $0) == variable }) else {
                throw OptionsError(
                    "unknown environment variable \(variable) (kvd --help lists the settings)")
            }
            if given[name] == nil {
                given[name] = Setting(value: value, source: .environment(variable))
            }
        }
    }

    /// Adds what neither flags nor the environment have said.
    mutating func add(file text: String, path: String, names: [String]) throws(OptionsError) {
        var seen: [String: Int] = [:]
        let lines = text.split(omittingEmptySubsequences: false) { $0.isNewline }
        for (index, line) in lines.enumerated() {
            let line = trimmed(line)
            guard !line.isEmpty, !line.hasPrefix("#") else { continue }
            let place = "\(path):\(index + 1)"
            guard let equals = line.firstIndex(of: "=") else {
                throw OptionsError("\(place): \"\(line)\" is not of the form name = value")
            }
            let name = String(trimmed(line[..<equals]))
            guard names.contains(name) else {
                throw OptionsError("\(place): unknown key \"\(name)\"")
            }
            if let first = seen[name] {
                throw OptionsError("\(place): \(name) is given twice, first in line \(first)")
            }
            seen[name] = index + 1
            guard given[name] == nil else { continue }
            given[name] = Setting(
                value: String(trimmed(line[line.index(after: equals)...])),
                source: .file(path, line: index + 1, name: name))
        }
    }

    /// `data-dir` is `KVD_DATA_DIR`.
    static func variable(for name: String) -> String {
        prefix + String(name.uppercased().map { $0 == "-" ? "_" : $0 })
    }

    /// Kubernetes sets these for a service that is called kvd; they are no settings of ours.
    private static func isServiceLink(_ variable: String) -> Bool {
        variable == "KVD_PORT" || variable.hasPrefix("KVD_PORT_")
            || variable.hasPrefix("KVD_SERVICE_")
    }
}

/// A line without the white space at its ends.
private func trimmed(_ text: Substring) -> Substring {
    var text = text.drop { $0.isWhitespace }
    while text.last?.isWhitespace == true { text.removeLast() }
    return text
}
