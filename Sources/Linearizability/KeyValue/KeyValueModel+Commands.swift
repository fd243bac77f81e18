// SPDX-License-Identifier: Apache-2.0

extension KeyValueModel {
    /// What a command does to a key, and what it answers.
    func execute(
        _ operation: Operation<KeyValueCommand, KeyValueAnswer>, on entry: inout Entry?,
        by latest: UInt64
    ) -> KeyValueAnswer {
        switch operation.input {
        case .get: return Self.value(entry)
        case .exists: return .integer(entry == nil ? 0 : 1)
        case .length: return .integer(Int64(entry?.value.count ?? 0))
        case .timeToLive:
            guard let entry else { return .integer(-2) }
            return .integer(entry.limit == nil ? -1 : 0)
        case .set(let value, let options):
            let answer: KeyValueAnswer = options.returnsOldValue ? Self.value(entry) : .ok
            let isRefused =
                switch options.condition {
                case .always: false
                case .ifAbsent: entry != nil
                case .ifPresent: entry == nil
                }
            if isRefused { return options.returnsOldValue ? answer : .null }
            switch options.limit {
            case .none: entry = Entry(value: value, limit: nil)
            case .keep: entry = Entry(value: value, limit: entry?.limit)
            case .to(let limit):
                entry = limited(value, limit, operation.called, latest)
            }
            return answer
        case .delete:
            defer { entry = nil }
            return .integer(entry == nil ? 0 : 1)
        case .add(let number): return Self.add(number, to: &entry)
        case .append(let bytes):
            let value = (entry?.value ?? []) + bytes
            entry = Entry(value: relevance?.simplified(value) ?? value, limit: entry?.limit)
            return .integer(Int64(value.count))
        case .expire(let limit):
            guard let old = entry else { return .integer(0) }
            entry = limited(old.value, limit, operation.called, latest)
            return .integer(1)
        case .persist:
            guard entry?.limit != nil else { return .integer(0) }
            entry?.limit = nil
            return .integer(1)
        }
    }

    private static func value(_ entry: Entry?) -> KeyValueAnswer {
        entry.map { .value($0.value) } ?? .null
    }

    private func limited(
        _ value: [UInt8], _ limit: KeyValueLimit, _ called: UInt64, _ latest: UInt64
    ) -> Entry? {
        if limit == .after(0) { return nil }
        return Entry(value: value, limit: self.limit(limit, called: called, by: latest))
    }

    /// A missing key counts as 0; a time limit stays.
    private static func add(_ number: Int64, to entry: inout Entry?) -> KeyValueAnswer {
        guard let old = entry.map({ integer($0.value) }) ?? 0 else {
            return .failure(.notAnInteger)
        }
        let (sum, isTooLarge) = old.addingReportingOverflow(number)
        if isTooLarge { return .failure(.overflow) }
        entry = Entry(value: text(sum), limit: entry?.limit)
        return .integer(sum)
    }

    static func text(_ number: Int64) -> [UInt8] { Array("\(number)".utf8) }

    /// The number that a text is: decimal, of 64 bits, in the one way in which it can be written.
    static func integer(_ text: [UInt8]) -> Int64? {
        guard let first = text.first, text.count <= 20 else { return nil }
        let isNegative = first == UInt8(ascii: "-")
        let digits = text[(isNegative ? 1 : 0)...]
        guard let leading = digits.first else { return nil }
        if leading == UInt8(ascii: "0") { return text.count == 1 ? 0 : nil }
        var number: Int64 = 0
        for digit in digits {
            guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(digit) else { return nil }
            let value = Int64(digit - UInt8(ascii: "0"))
            let (product, isProductTooLarge) = number.multipliedReportingOverflow(by: 10)
            let (sum, isSumTooLarge) = product.addingReportingOverflow(isNegative ? -value : value)
            if isProductTooLarge || isSumTooLarge { return nil }
            number = sum
        }
        return number
    }
}
