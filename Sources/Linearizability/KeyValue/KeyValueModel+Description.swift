// SPDX-License-Identifier: Apache-2.0

extension KeyValueModel {
    /// The command as a client would type it, an arrow, the answer.
    public func describe(_ operation: Operation<KeyValueCommand, KeyValueAnswer>) -> String {
        let answer = operation.output.map(Self.describe) ?? "unknown"
        return "\(Self.describe(operation.input)) -> \(answer)"
    }

    /// The value and between which times it expires.
    public func describe(_ state: State) -> String {
        guard let entry = state.entry else { return "no value" }
        guard let limit = entry.limit else { return Self.quote(entry.value) }
        let latest = limit.latest == .max ? "" : "\(limit.latest)"
        return "\(Self.quote(entry.value)), gone at \(limit.earliest)..\(latest)"
    }

    private static func describe(_ command: KeyValueCommand) -> String {
        switch command {
        case .get: "GET"
        case .exists: "EXISTS"
        case .length: "STRLEN"
        case .timeToLive: "TTL"
        case .set(let value, let options): "SET \(quote(value))\(describe(options))"
        case .delete: "DEL"
        case .add(let number): "INCRBY \(number)"
        case .append(let bytes): "APPEND \(quote(bytes))"
        case .expire(let limit): "EXPIRE \(describe(limit))"
        case .persist: "PERSIST"
        }
    }

    private static func describe(_ options: KeyValueSetOptions) -> String {
        let condition =
            switch options.condition {
            case .always: ""
            case .ifAbsent: " NX"
            case .ifPresent: " XX"
            }
        let limit =
            switch options.limit {
            case .none: ""
            case .keep: " KEEPTTL"
            case .to(let limit): " EXPIRE \(describe(limit))"
            }
        return condition + limit + (options.returnsOldValue ? " GET" : "")
    }

    private static func describe(_ limit: KeyValueLimit) -> String {
        switch limit {
        case .after(let time): "after \(time)"
        case .at(let time): "at \(time)"
        }
    }

    private static func describe(_ answer: KeyValueAnswer) -> String {
        switch answer {
        case .ok: "OK"
        case .null: "nil"
        case .value(let value): quote(value)
        case .integer(let number): "\(number)"
        case .failure(.notAnInteger): "not an integer"
        case .failure(.overflow): "overflow"
        case .failure(.invalidArgument): "invalid argument"
        case .unspecified: "done"
        case .each(let answers): answers.map(describe).joined(separator: ", ")
        }
    }

    /// Bytes in quotes, shortened if they are many; only printable ASCII is shown as it is.
    static func quote(_ bytes: [UInt8]) -> String {
        let longest = 24
        var text = "\""
        for byte in bytes.prefix(longest) {
            let isPlain = (0x20...0x7e).contains(byte) && byte != 0x22 && byte != 0x5c
            let hexadecimal = String(byte, radix: 16)
            text +=
                isPlain
                ? String(UnicodeScalar(byte))
                : "\\x" + (hexadecimal.count == 1 ? "0" : "") + hexadecimal
        }
        return text + "\"" + (bytes.count > longest ? " (\(bytes.count) bytes)" : "")
    }
}
