// SPDX-License-Identifier: Apache-2.0

/// What an object does when one operation after the other takes effect: its specification.
///
/// It may be nondeterministic. Three things are asked of it, on which the search relies:
/// - the earlier an operation was called, and the later it may have taken effect, the more is
///   possible;
/// - of an operation without output, everything is possible that is with any output;
/// - what ``neverChangesState(_:)`` says.
public protocol Model: Sendable {
    /// What a client asks. Operations with equal inputs and no outputs are interchangeable.
    associatedtype Input: Hashable & Sendable
    /// What a client is told.
    associatedtype Output: Sendable
    /// All that determines what operations may do.
    associatedtype State: Hashable & Sendable

    /// The state before the first operation.
    var initial: State { get }

    /// Appends every state that the object may be in after an operation; none if its output is
    /// impossible.
    /// - Parameters:
    ///   - state: The state that the operation finds.
    ///   - operation: What was asked and, unless nobody knows, answered. If it has no output, this
    ///     is about the case that it does take effect.
    ///   - latest: The latest time at which it may have taken effect: neither it nor any operation
    ///     that is still to come in this order returned earlier.
    ///   - states: Where to append; repetitions do no harm.
    func step(
        _ state: State, _ operation: Operation<Input, Output>, by latest: UInt64,
        into states: inout [State])

    /// Whether an operation, with its output if it has one, leaves the object alone in every state.
    ///
    /// It may still find out what had happened before (that a value has expired), if all operations
    /// after it could have found it out as well.
    func neverChangesState(_ operation: Operation<Input, Output>) -> Bool

    /// Gets ready for one history, so that what makes no difference in it is equal.
    /// - Parameter operations: All operations of one object. Inputs may be replaced by others.
    /// - Returns: A model that allows the operations as they are now exactly if this one allows them
    ///   as they were.
    func prepared(for operations: inout [Operation<Input, Output>]) -> Self

    /// Finds the operations whose outputs only one other operation can have made possible.
    /// - Parameter operations: All operations of one object.
    /// - Returns: For each operation, the place of that other one, or nil; or nothing at all.
    func sources(_ operations: [Operation<Input, Output>]) -> [Int?]

    /// Whether an operation may still get its output although its source has taken effect already.
    ///
    /// False means: from this state, no operations but the source lead to one in which the output is
    /// possible. Asked only about operations that have a source.
    func allows(_ operation: Operation<Input, Output>, after state: State) -> Bool

    /// An operation in a few words, without client and times.
    func describe(_ operation: Operation<Input, Output>) -> String

    /// A state in a few words.
    func describe(_ state: State) -> String
}

extension Model {
    /// False: nothing is known.
    public func neverChangesState(_ operation: Operation<Input, Output>) -> Bool { false }

    /// The same model, and all operations as they are.
    public func prepared(for operations: inout [Operation<Input, Output>]) -> Self { self }

    /// Nothing is known.
    public func sources(_ operations: [Operation<Input, Output>]) -> [Int?] { [] }

    /// True: nothing is known.
    public func allows(_ operation: Operation<Input, Output>, after state: State) -> Bool { true }

    /// The input and the output.
    public func describe(_ operation: Operation<Input, Output>) -> String {
        "\(operation.input) -> \(operation.output.map { "\($0)" } ?? "unknown")"
    }

    /// The state's own description.
    public func describe(_ state: State) -> String { "\(state)" }
}
