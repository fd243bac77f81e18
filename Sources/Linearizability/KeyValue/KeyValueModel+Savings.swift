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

    /// Gives one value to all SETs and APPENDs whose bytes nobody saw.
    public func prepared(
        for operations: inout [Operation<KeyValueCommand, KeyValueAnswer>]
    ) -> Self {
        guard let relevance = KeyValueRelevance(operations) else { return self }
        for index in operations.indices {
            switch operations[index].input {
            case .set(let value, let options):
                operations[index].input = .set(relevance.simplified(value), options)
            case .append(let bytes) where operations[index].output == nil:
                operations[index].input = .append(relevance.simplified(part: bytes))
            case .append, .get, .exists, .length, .timeToLive, .delete, .add, .expire, .persist:
                break
            }
        }
        var prepared = self
        prepared.relevance = relevance
        return prepared
    }
}
