// SPDX-License-Identifier: Apache-2.0

/// A JSON value (RFC 8259) and where it stood in the text.
///
/// Numbers are whole, as all are in stored cases. An object keeps the order of its members.
package struct JSON: Equatable, Sendable {
    /// What it is.
    package enum Content: Equatable, Sendable {
        case null
        case bool(Bool)
        /// A whole number from -2^64 + 1 to 2^64 - 1.
        case number(magnitude: UInt64, isNegative: Bool)
        case string(String)
        case array([JSON])
        case object([JSONMember])
    }

    package let content: Content
    /// Where it began, if it was read from a text.
    package let place: JSONPlace?

    package init(_ content: Content, at place: JSONPlace? = nil) {
        self.content = content
        self.place = place
    }

    /// Whether the contents are equal, wherever they stood.
    package static func == (a: JSON, b: JSON) -> Bool { a.content == b.content }

    /// An error about this value.
    func error(_ message: String) -> JSONError { JSONError(message, at: place) }

    /// What kind of value it is, for a message.
    var kind: String {
        switch content {
        case .null: "null"
        case .bool(let value): "\(value)"
        case .number(let magnitude, let isNegative): (isNegative ? "-" : "") + "\(magnitude)"
        case .string: "a string"
        case .array: "a list"
        case .object: "an object"
        }
    }
}

/// A name and its value in a JSON object.
package struct JSONMember: Equatable, Sendable {
    package let name: String
    package let value: JSON
    /// Where the name began, if it was read from a text.
    package let place: JSONPlace?

    package init(_ name: String, _ value: JSON, at place: JSONPlace? = nil) {
        self.name = name
        self.value = value
        self.place = place
    }

    /// Whether name and value are equal, wherever they stood.
    package static func == (a: JSONMember, b: JSONMember) -> Bool {
        a.name == b.name && a.value == b.value
    }
}

/// A place in a text; both numbers count from 1, columns in bytes.
package struct JSONPlace: Hashable, Sendable, CustomStringConvertible {
    package let line: Int
    package let column: Int

    package init(line: Int, column: Int) {
        self.line = line
        self.column = column
    }

    package var description: String { "line \(line), column \(column)" }
}

/// What is wrong with a text or a value, and where.
public struct JSONError: Error, Hashable, Sendable, CustomStringConvertible {
    /// What is wrong, in a few words.
    public let message: String
    package let place: JSONPlace?

    init(_ message: String, at place: JSONPlace?) {
        self.message = message
        self.place = place
    }

    /// The place, if it is known, and what is wrong there.
    public var description: String { place.map { "\($0): \(message)" } ?? message }
}
