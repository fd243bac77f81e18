// SPDX-License-Identifier: Apache-2.0

/// What can stand in a stored case.
protocol JSONConvertible: SendableMetatype {
    /// Reads a value.
    init(json: JSON) throws(JSONError)
    /// The value as `init(json:)` reads it.
    var json: JSON { get }
}

/// One of several things that are called by name.
protocol JSONNamed: JSONConvertible {
    /// All of them.
    static var named: [Self] { get }
}

extension JSONNamed {
    init(json: JSON) throws(JSONError) {
        let name = try String(json: json)
        guard let found = Self.named.first(where: { "\($0)" == name }) else {
            let known = Self.named.map { "\($0)" }.joined(separator: ", ")
            throw json.error("\"\(name)\" is none of \(known)")
        }
        self = found
    }

    var json: JSON { "\(self)".json }
}

extension JSONNamed where Self: CaseIterable {
    static var named: [Self] { Array(allCases) }
}

extension Bool: JSONConvertible {
    init(json: JSON) throws(JSONError) {
        guard case .bool(let value) = json.content else {
            throw json.error("true or false is wanted, not \(json.kind)")
        }
        self = value
    }

    var json: JSON { JSON(.bool(self)) }
}

extension String: JSONConvertible {
    init(json: JSON) throws(JSONError) {
        guard case .string(let value) = json.content else {
            throw json.error("a string is wanted, not \(json.kind)")
        }
        self = value
    }

    var json: JSON { JSON(.string(self)) }
}

extension JSONConvertible where Self: FixedWidthInteger {
    init(json: JSON) throws(JSONError) {
        guard case .number(let magnitude, let isNegative) = json.content else {
            throw json.error("a whole number is wanted, not \(json.kind)")
        }
        let value: Self? =
            if isNegative, Self.isSigned {
                magnitude <= UInt64(Self.max.magnitude)
                    ? 0 - (Self(exactly: magnitude) ?? 0)
                    : magnitude == UInt64(Self.min.magnitude) ? Self.min : nil
            } else {
                isNegative ? nil : Self(exactly: magnitude)
            }
        guard let value else {
            throw json.error("\(json.kind) is not from \(Self.min) to \(Self.max)")
        }
        self = value
    }

    var json: JSON {
        JSON(.number(magnitude: UInt64(magnitude), isNegative: self < 0))
    }
}

extension Int: JSONConvertible {}
extension Int32: JSONConvertible {}
extension Int64: JSONConvertible {}
extension UInt64: JSONConvertible {}

extension Array: JSONConvertible where Element: JSONConvertible {
    init(json: JSON) throws(JSONError) {
        guard case .array(let values) = json.content else {
            throw json.error("a list is wanted, not \(json.kind)")
        }
        self = []
        for value in values { append(try Element(json: value)) }
    }

    var json: JSON { JSON(.array(map(\.json))) }
}

/// Reads the members of an object by name; every member must be asked for.
struct JSONObject {
    private let value: JSON
    private var unread: [JSONMember]

    init(_ json: JSON) throws(JSONError) {
        guard case .object(let members) = json.content else {
            throw json.error("an object is wanted, not \(json.kind)")
        }
        value = json
        unread = members
    }

    /// Reads a member that must be there.
    mutating func read<Value: JSONConvertible>(_ name: String) throws(JSONError) -> Value {
        guard let found = take(name) else { throw value.error("\"\(name)\" is missing") }
        return try Value(json: found)
    }

    /// Reads a member, if it is there.
    mutating func readIfPresent<Value: JSONConvertible>(
        _ name: String
    ) throws(JSONError) -> Value? {
        guard let found = take(name) else { return nil }
        return try Value(json: found)
    }

    mutating func take(_ name: String) -> JSON? {
        guard let position = unread.firstIndex(where: { $0.name == name }) else { return nil }
        return unread.remove(at: position).value
    }

    /// Refuses what nobody asked for.
    func finish() throws(JSONError) {
        guard let member = unread.first else { return }
        throw JSONError("\"\(member.name)\" is unknown here", at: member.place)
    }
}

/// Makes an object, leaving out what is nil.
func jsonObject(_ members: [(String, (any JSONConvertible)?)]) -> JSON {
    JSON(
        .object(
            members.compactMap { name, value in value.map { JSONMember(name, $0.json) } }))
}
