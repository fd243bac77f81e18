// SPDX-License-Identifier: Apache-2.0

/// Finds commands by name: one multiplication and one comparison, no allocation, no `String`.
struct CommandTable: Sendable {
    /// Names with their commands; empty places have no command.
    private var places: [Place]
    /// By `Command.rawValue`.
    private var arities: [Int]
    private var needMember: [Bool]

    private struct Place {
        var name: CommandName
        var command: Command?
    }

    private static let bits = 8
    private static let mask = 1 << bits - 1

    /// Creates the table of ``CommandSpec/all``.
    init() {
        places = Array(
            repeating: Place(name: CommandName("-"), command: nil), count: 1 << Self.bits)
        arities = Array(repeating: 0, count: Command.allCases.count)
        needMember = Array(repeating: false, count: Command.allCases.count)
        for spec in CommandSpec.all {
            let name = CommandName(spec.name)
            var slot = name.slot(bits: Self.bits)
            while places[slot].command != nil { slot = (slot + 1) & Self.mask }
            places[slot] = Place(name: name, command: spec.command)
            arities[Int(spec.command.rawValue)] = spec.arity
            needMember[Int(spec.command.rawValue)] = !spec.flags.contains(.loading)
        }
    }

    /// The command of that name, in any case.
    @inline(__always)
    func find(_ bytes: UnsafeRawBufferPointer) -> Command? {
        guard let name = unsafe CommandName(bytes) else { return nil }
        var slot = name.slot(bits: Self.bits)
        while let command = places[slot].command {
            if places[slot].name == name { return command }
            slot = (slot + 1) & Self.mask
        }
        return nil
    }

    /// Whether a command can be carried out only when the member serves.
    func needsMember(_ command: Command) -> Bool { needMember[Int(command.rawValue)] }

    /// Whether a command may have so many arguments, its name included.
    @inline(__always)
    func accepts(_ count: Int, for command: Command) -> Bool {
        CommandSpec.accepts(count, arity: arities[Int(command.rawValue)])
    }
}

extension Command {
    /// The command's entry in ``CommandSpec/all``, which is in order of `rawValue`.
    var spec: CommandSpec { CommandSpec.all[Int(rawValue)] }

    /// The name in small letters.
    var name: String { spec.name.description }
}
