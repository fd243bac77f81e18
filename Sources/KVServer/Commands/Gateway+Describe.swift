// SPDX-License-Identifier: Apache-2.0

internal import RESP

extension Gateway {
    /// `COMMAND [COUNT | INFO [name …] | DOCS [name …] | LIST]`
    mutating func describeCommands(_ place: Int, _ arguments: RequestArguments) -> Step {
        let listed = CommandSpec.all.filter(\.isListed)
        guard arguments.count > 1 else {
            return answer(place) { writer, out in
                writer.beginArray(listed.count, to: &out)
                for spec in listed { writer.append(spec, to: &out) }
            }
        }
        if arguments.matches(1, "COUNT"), arguments.count == 2 {
            return answer(place) { $0.integer(Int64(listed.count), to: &$1) }
        }
        if arguments.matches(1, "LIST"), arguments.count == 2 {
            return answer(place) { writer, out in
                writer.beginArray(listed.count, to: &out)
                for spec in listed { writer.bulk(spec.name.description, to: &out) }
            }
        }
        if arguments.matches(1, "INFO") {
            let specs = arguments.count == 2 ? listed : named(arguments)
            return answer(place) { writer, out in
                writer.beginArray(specs.count, to: &out)
                for spec in specs {
                    if let spec { writer.append(spec, to: &out) } else { writer.null(to: &out) }
                }
            }
        }
        if arguments.matches(1, "DOCS") {
            let specs = arguments.count == 2 ? listed : named(arguments).compactMap(\.self)
            return answer(place) { writer, out in
                writer.beginMap(specs.count, to: &out)
                for spec in specs { writer.append(documentationOf: spec, to: &out) }
            }
        }
        if arguments.matches(1, "COUNT") {
            return refuse(place, ErrorText.wrongArity("command|count"))
        }
        return refuse(place, ErrorText.unknownSubcommand(arguments, of: "COMMAND"))
    }

    /// What the arguments from the third on name; nil where it is no command.
    private func named(_ arguments: RequestArguments) -> [CommandSpec?] {
        (2..<arguments.count).map { index in
            guard let spec = unsafe table.find(arguments[index])?.spec, spec.isListed else {
                return nil
            }
            return spec
        }
    }
}

extension ReplyWriter {
    /// Appends what `COMMAND INFO` says of one command: ten elements, as in Redis 7.
    fileprivate func append(_ spec: CommandSpec, to out: inout [UInt8]) {
        beginArray(10, to: &out)
        bulk(spec.name.description, to: &out)
        integer(Int64(spec.arity), to: &out)
        let flags = spec.flags.words
        beginSet(flags.count, to: &out)
        for flag in flags { simpleString(flag.description, to: &out) }
        integer(Int64(spec.keys.first), to: &out)
        integer(Int64(spec.keys.last), to: &out)
        integer(Int64(spec.keys.step), to: &out)
        let categories = spec.categories
        beginSet(categories.count, to: &out)
        for category in categories { simpleString("@" + category, to: &out) }
        beginSet(0, to: &out)
        append(keySpecificationsOf: spec, to: &out)
        beginSet(0, to: &out)
    }

    /// Appends where the keys are, in the form that clients of Redis 7 prefer.
    private func append(keySpecificationsOf spec: CommandSpec, to out: inout [UInt8]) {
        guard spec.keys != .none else { return beginSet(0, to: &out) }
        beginSet(1, to: &out)
        beginMap(3, to: &out)
        bulk("flags", to: &out)
        let flags = spec.flags.contains(.readonly) ? ["RO", "access"] : ["RW", "update"]
        beginSet(flags.count, to: &out)
        for flag in flags { simpleString(flag, to: &out) }
        bulk("begin_search", to: &out)
        beginMap(2, to: &out)
        bulk("type", to: &out)
        bulk("index", to: &out)
        bulk("spec", to: &out)
        beginMap(1, to: &out)
        bulk("index", to: &out)
        integer(Int64(spec.keys.first), to: &out)
        bulk("find_keys", to: &out)
        beginMap(2, to: &out)
        bulk("type", to: &out)
        bulk("range", to: &out)
        bulk("spec", to: &out)
        beginMap(3, to: &out)
        bulk("lastkey", to: &out)
        // Counted from the first key, where `last` counts from the command's name.
        integer(
            Int64(spec.keys.last < 0 ? spec.keys.last : spec.keys.last - spec.keys.first), to: &out)
        bulk("keystep", to: &out)
        integer(Int64(spec.keys.step), to: &out)
        bulk("limit", to: &out)
        integer(0, to: &out)
    }

    /// Appends a command's name and what `COMMAND DOCS` says of it.
    fileprivate func append(documentationOf spec: CommandSpec, to out: inout [UInt8]) {
        bulk(spec.name.description, to: &out)
        let fields = [
            ("summary", spec.summary.description), ("since", spec.since.description),
            ("group", spec.group.rawValue), ("complexity", spec.complexity.description),
        ]
        beginMap(fields.count, to: &out)
        for (name, text) in fields {
            bulk(name, to: &out)
            bulk(text, to: &out)
        }
    }
}

extension CommandSpec {
    /// The categories of access control that the command belongs to.
    fileprivate var categories: [String] {
        var words: [String] = []
        if group == .generic || command == .dbsize || command == .flushall || command == .flushdb {
            words.append("keyspace")
        }
        if flags.contains(.write) { words.append("write") }
        if flags.contains(.readonly), command != .kvHash { words.append("read") }
        if group == .string { words.append("string") }
        words.append(flags.contains(.fast) ? "fast" : "slow")
        if group == .connection || group == .cluster || command == .command {
            words.append("connection")
        }
        if command == .flushall || command == .flushdb || command == .info || command == .config {
            words.append("dangerous")
        }
        return words
    }
}
