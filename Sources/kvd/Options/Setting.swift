// SPDX-License-Identifier: Apache-2.0

import Platform

/// A value as it was given, and where.
struct Setting: Equatable {
    let value: String
    let source: Source

    /// Where a value came from.
    enum Source: Equatable, CustomStringConvertible {
        case flag(String)
        case environment(String)
        case file(String, line: Int, name: String)

        var description: String {
            switch self {
            case .flag(let name): "--\(name)"
            case .environment(let variable): "environment variable \(variable)"
            case .file(let path, let line, let name): "\(name) in \(path):\(line)"
            }
        }
    }

    /// An error about this value, which says where it stands.
    func error(_ problem: String) -> OptionsError {
        OptionsError("\(source): \(problem)")
    }

    /// The value as a number of a range.
    func integer(in range: ClosedRange<Int>) throws(OptionsError) -> Int {
        guard let number = Int(value), range.contains(number) else {
            throw error(
                "\"\(value)\" is not a number from \(range.lowerBound) to \(range.upperBound)")
        }
        return number
    }

    /// The value as one of several words.
    func choice<Choice: CaseIterable & RawRepresentable<String>>(
        _: Choice.Type
    ) throws(OptionsError) -> Choice {
        guard let choice = Choice(rawValue: value) else {
            let words = Choice.allCases.map(\.rawValue).joined(separator: ", ")
            throw error("\"\(value)\" is none of \(words)")
        }
        return choice
    }

    /// The value as an address to listen on.
    func address() throws(OptionsError) -> SocketAddress {
        do throws(AddressError) {
            return try SocketAddress(parsing: value)
        } catch {
            throw self.error("\(error)")
        }
    }

    /// The value, which must not be empty.
    func text() throws(OptionsError) -> String {
        guard !value.isEmpty else { throw error("the value is empty") }
        return value
    }
}
