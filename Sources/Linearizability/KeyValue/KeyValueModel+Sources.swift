// SPDX-License-Identifier: Apache-2.0

/// Which values were written once only.
extension KeyValueModel {
    /// For each operation that found a value, the one that wrote it, if only one can have.
    public func sources(
        _ operations: [Operation<KeyValueCommand, KeyValueAnswer>]
    ) -> [Int?] {
        var writers: [[UInt8]: Int?] = [:]
        var appended: [(bytes: [UInt8], index: Int)] = []
        var hasUnknownSum = false
        for (index, operation) in operations.enumerated() where !neverChangesState(operation) {
            switch operation.input {
            case .get, .exists, .length, .timeToLive, .delete, .expire, .persist: break
            case .set(let value, _):
                writers[value] = .some(writers[value] == nil ? index : nil)
            case .add:
                guard case .integer(let sum) = operation.output else {
                    hasUnknownSum = true
                    continue
                }
                let value = Self.text(sum)
                writers[value] = .some(writers[value] == nil ? index : nil)
            case .append(let bytes): if !bytes.isEmpty { appended.append((bytes, index)) }
            }
        }
        return operations.map { operation in
            guard let value = Self.valueFound(operation),
                !hasUnknownSum || Self.integer(value) == nil
            else { return nil }
            var writer = writers[value]
            for append in appended where value.suffix(append.bytes.count) == append.bytes[...] {
                if writer != nil { return nil }
                writer = append.index
            }
            return writer ?? nil
        }
    }

    /// Whether the value that an operation found is there.
    public func allows(
        _ operation: Operation<KeyValueCommand, KeyValueAnswer>, after state: State
    ) -> Bool {
        state.entry?.value == Self.valueFound(operation)
    }

    /// The value that was there when an operation took effect, if its answer tells.
    private static func valueFound(
        _ operation: Operation<KeyValueCommand, KeyValueAnswer>
    ) -> [UInt8]? {
        switch (operation.input, operation.output) {
        case (.get, .value(let value)), (.set, .value(let value)): return value
        case (.add(let number), .integer(let sum)):
            // A sum that began at 0 may have begun at nothing.
            let (old, isTooLarge) = sum.subtractingReportingOverflow(number)
            return isTooLarge || old == 0 ? nil : text(old)
        default: return nil
        }
    }
}
