// SPDX-License-Identifier: Apache-2.0

/// What clients asked and were told, in the order in which it happened.
///
/// Calls and returns are recorded as they happen. Their order is that of recording, so a call that
/// follows a return at the same instant follows it; the times are for models and for the reader.
public struct History<Input: Sendable, Output: Sendable>: Sendable {
    // Recording is inlinable: it happens all the time, and elsewhere the types are known.
    @usableFromInline var slots: [Slot] = []
    @usableFromInline var nextPosition = 0
    @usableFromInline var lastTime: UInt64 = 0

    @usableFromInline
    struct Slot: Sendable {
        /// Nil once it is known that it was never executed.
        @usableFromInline var operation: Operation<Input, Output>?
        @usableFromInline var isOpen: Bool

        @inlinable
        init(operation: Operation<Input, Output>?, isOpen: Bool) {
            self.operation = operation
            self.isOpen = isOpen
        }
    }

    /// Creates an empty history.
    public init() {}

    /// Creates a history of operations that were recorded apart, in any order.
    ///
    /// A return and a call at the same time count as overlapping: nothing tells which came first.
    /// - Complexity: O(n log n).
    public init(_ operations: some Sequence<Operation<Input, Output>>) {
        var list = Array(operations)
        var events: [(time: UInt64, isReturn: Bool, index: Int)] = []
        for index in list.indices {
            events.append((list[index].called, false, index))
            if list[index].output != nil { events.append((list[index].returned, true, index)) }
        }
        events.sort { a, b in
            if a.time != b.time { return a.time < b.time }
            return a.isReturn == b.isReturn ? a.index < b.index : b.isReturn
        }
        var inCallOrder: [Int] = []
        for event in events {
            if event.isReturn {
                list[event.index].returnPosition = nextPosition
            } else {
                list[event.index].callPosition = nextPosition
                list[event.index].id = OperationID(number: inCallOrder.count)
                inCallOrder.append(event.index)
            }
            nextPosition += 1
        }
        slots = inCallOrder.map { Slot(operation: list[$0], isOpen: false) }
        lastTime = events.last?.time ?? 0
    }

    /// The parts of other histories' operations, in the order of their calls.
    init(parts: [Operation<Input, Output>]) {
        slots = parts.map { Slot(operation: $0, isOpen: false) }
    }

    /// All operations that may have taken effect, in the order of their calls.
    ///
    /// One that has not returned is like one whose outcome is unknown.
    /// - Complexity: O(n).
    public var operations: [Operation<Input, Output>] { slots.compactMap(\.operation) }

    /// Records that a client called.
    /// - Parameters:
    ///   - client: Who.
    ///   - input: What it asked.
    ///   - sequence: Operations of one sequence take effect in the order of their calls, if they do.
    ///   - time: When, on a clock that all clients share; not before anything recorded already.
    /// - Returns: What to name when the answer comes.
    @inlinable
    public mutating func call(
        client: Int, _ input: Input, in sequence: Int? = nil, at time: UInt64
    ) -> OperationID {
        var operation = Operation<Input, Output>(
            client: client, input: input, output: nil, called: time, returned: .max)
        operation.sequence = sequence
        operation.id = OperationID(number: slots.count)
        operation.callPosition = takePosition(at: time)
        slots.append(Slot(operation: operation, isOpen: true))
        return operation.id
    }

    /// Records an answer: the operation took effect between its call and now.
    /// - Parameters:
    ///   - id: Which operation's; it must not have ended before.
    ///   - output: The answer.
    ///   - time: When, on the clock of the calls.
    @inlinable
    public mutating func `return`(_ id: OperationID, _ output: Output, at time: UInt64) {
        close(id)
        let position = takePosition(at: time)
        slots[id.number].operation?.output = output
        slots[id.number].operation?.returned = time
        slots[id.number].operation?.returnPosition = position
    }

    /// Takes an operation out of its sequence: it was sent again, so nothing is known of its order.
    public mutating func leaveSequence(_ id: OperationID) {
        slots[id.number].operation?.sequence = nil
    }

    /// Records that nobody will ever know: the operation may take effect at any later time, or never.
    /// - Parameter id: Which operation; it must not have ended before.
    @inlinable
    public mutating func returnUnknown(_ id: OperationID) { close(id) }

    /// Removes an operation that is known to have had no effect and never to have one.
    /// - Parameter id: Which operation; it must not have ended before.
    @inlinable
    public mutating func certainlyNotExecuted(_ id: OperationID) {
        close(id)
        slots[id.number].operation = nil
    }

    @inlinable
    mutating func close(_ id: OperationID) {
        precondition(
            slots.indices.contains(id.number), "operation \(id.number) of \(slots.count)")
        precondition(slots[id.number].isOpen, "operation \(id.number) ends twice")
        slots[id.number].isOpen = false
    }

    @inlinable
    mutating func takePosition(at time: UInt64) -> Int {
        precondition(time >= lastTime, "recorded at \(time) after \(lastTime)")
        lastTime = time
        nextPosition += 1
        return nextPosition - 1
    }
}
