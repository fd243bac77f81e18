// SPDX-License-Identifier: Apache-2.0

/// The arguments of one subcommand, sorted into options and the rest.
///
/// `--name value` and `--name=value` mean the same; after `--` nothing is an option.
struct CommandArguments {
    private var values: [(name: String, value: String)] = []
    /// What is no option.
    private(set) var operands: [String] = []

    init(_ arguments: some Sequence<String>, options: [CommandOption]) throws(UsageError) {
        var rest = arguments.makeIterator()
        while let argument = rest.next() {
            if argument == "--" {
                while let operand = rest.next() { operands.append(operand) }
                return
            }
            guard argument.hasPrefix("-"), argument.count > 1 else {
                operands.append(argument)
                continue
            }
            let parts = argument.split(
                separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            let name = String(parts[0])
            guard let option = options.first(where: { $0.name == name }) else {
                throw UsageError("there is no option \(name)")
            }
            guard !has(option) else { throw UsageError("\(name) is given twice") }
            values.append((name, try Self.value(of: option, parts, &rest)))
        }
    }

    private static func value(
        of option: CommandOption, _ parts: [Substring], _ rest: inout some IteratorProtocol<String>
    ) throws(UsageError) -> String {
        guard let placeholder = option.value else {
            guard parts.count == 1 else { throw UsageError("\(option.name) takes no value") }
            return ""
        }
        if parts.count == 2 { return String(parts[1]) }
        guard let value = rest.next() else {
            throw UsageError("\(option.name) needs a value: \(option.name) \(placeholder)")
        }
        return value
    }

    func has(_ option: CommandOption) -> Bool { values.contains { $0.name == option.name } }

    func text(_ option: CommandOption) -> String? {
        values.first { $0.name == option.name }?.value
    }

    /// The value of an option as a whole number.
    func number(
        _ option: CommandOption, in range: ClosedRange<UInt64>
    ) throws(UsageError) -> UInt64? {
        guard let text = text(option) else { return nil }
        guard let number = UInt64(text), range.contains(number) else {
            throw UsageError(
                "\(option.name) is \(text), not a whole number "
                    + "from \(range.lowerBound) to \(range.upperBound)")
        }
        return number
    }

    /// The value of `--seeds`: `A..B`, `A..`, or one seed.
    func seeds() throws(UsageError) -> ClosedRange<UInt64> {
        guard let text = text(.seeds) else {
            throw UsageError("--seeds is missing: --seeds A..B, such as --seeds 1..100")
        }
        if let seed = UInt64(text) { return seed...seed }
        let dots = text.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        guard dots.count == 3, dots[1].isEmpty, let first = UInt64(String(dots[0]) ?? ""),
            let last = dots[2].isEmpty ? .max : UInt64(String(dots[2]) ?? ""), first <= last
        else { throw UsageError("--seeds is \(text), not A..B with A at most B") }
        return first...last
    }

    /// The one operand of a subcommand.
    func operand(_ what: String) throws(UsageError) -> String {
        guard let operand = operands.first else { throw UsageError("\(what) is missing") }
        guard operands.count == 1 else {
            throw UsageError("one \(what) at a time, not \(operands.joined(separator: " "))")
        }
        return operand
    }
}
