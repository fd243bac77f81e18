// SPDX-License-Identifier: Apache-2.0

/// What spares the search work.
extension KeyValueModel {
    /// Whether a command, with its answer, leaves the key alone: reads, refusals and failures.
    ///
    /// A value that expires may be found gone by any of them, and by whatever comes next as well.
    public func neverChangesState(
        _ operation: Operation<KeyValueCommand, KeyValueAnswer>
    ) -> Bool {
        if case .failure = operation.output { return true }
        switch operation.input {
        case .get, .exists, .length, .timeToLive: return true
        case .set(_, let options):
            switch options.condition {
            case .always: return false
            case .ifAbsent:
                guard let output = operation.output else { return false }
                if case .value = output { return true }
                return output == .null && !options.returnsOldValue
            case .ifPresent: return operation.output == .null
            }
        case .delete, .expire, .persist: return operation.output == .integer(0)
        case .add, .append: return false
        }
    }

    /// Gives one value to all SETs of unknown outcome whose values nobody has seen.
    ///
    /// Such a value can be told from another only by its length, if it begins neither what anybody
    /// saw (others may have been appended to it) nor a number. So those of equal length may as well
    /// be one, and equal operations are tried only once.
    public func simplify(_ operations: inout [Operation<KeyValueCommand, KeyValueAnswer>]) {
        let seen = operations.compactMap { operation -> [UInt8]? in
            guard case .value(let value) = operation.output else { return nil }
            return value
        }
        let appends = operations.contains { operation in
            if case .append = operation.input { return true }
            return false
        }
        let seenExactly = Set(seen)
        var representatives: [Int: [UInt8]] = [:]
        for index in operations.indices where operations[index].output == nil {
            guard case .set(let value, let options) = operations[index].input,
                let first = value.first, first != UInt8(ascii: "-"),
                !(UInt8(ascii: "0")...UInt8(ascii: "9")).contains(first),
                !(appends ? seen.contains { $0.starts(with: value) } : seenExactly.contains(value))
            else { continue }
            let representative = representatives[value.count, default: value]
            representatives[value.count] = representative
            operations[index].input = .set(representative, options)
        }
    }
}
