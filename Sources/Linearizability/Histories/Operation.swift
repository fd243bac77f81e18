// SPDX-License-Identifier: Apache-2.0

/// One call of one client, as the client saw it.
public struct Operation<Input: Sendable, Output: Sendable>: Sendable {
    /// Which one of its history; a part of an operation has the operation's.
    public var id: OperationID
    /// Who called; operations of one client do not overlap unless it pipelines.
    public let client: Int
    /// What was asked.
    public var input: Input
    /// What was answered; nil if nothing was, so that nobody knows whether it took effect.
    public var output: Output?
    /// Of which sequence it is, if any: operations of one sequence take effect, if they do, in the order of
    /// their calls, even where they overlap; but one whose outcome is unknown may do so after later ones that change
    /// nothing. Commands of one connection are such a sequence.
    public var sequence: Int?
    /// When it was called.
    public let called: UInt64
    /// When the answer came; without an output it may take effect at any time after the call.
    public var returned: UInt64
    /// Where the call stands among all calls and returns of the history.
    @usableFromInline var callPosition = 0
    /// Where the return stands; without an output, behind everything.
    @usableFromInline var returnPosition = Int.max

    /// Creates an operation.
    /// - Parameters:
    ///   - client: Who called.
    ///   - input: What was asked.
    ///   - output: What was answered, nil if nothing was.
    ///   - called: On a clock that all clients of the history share.
    ///   - returned: On the same clock; of no meaning without an output.
    @inlinable
    public init(client: Int, input: Input, output: Output?, called: UInt64, returned: UInt64) {
        precondition(
            output == nil || called <= returned, "returned at \(returned), called at \(called)")
        self.id = OperationID(number: 0)
        self.client = client
        self.input = input
        self.output = output
        self.called = called
        self.returned = output == nil ? .max : returned
    }

    /// The same call with other arguments and another answer.
    init<WholeInput, WholeOutput>(
        partOf whole: Operation<WholeInput, WholeOutput>, input: Input, output: Output?
    ) {
        self.id = whole.id
        self.client = whole.client
        self.sequence = whole.sequence
        self.input = input
        self.output = output
        self.called = whole.called
        self.returned = output == nil ? .max : whole.returned
        self.callPosition = whole.callPosition
        self.returnPosition = output == nil ? .max : whole.returnPosition
    }
}

/// The name of an operation in its history.
public struct OperationID: Hashable, Sendable, Comparable {
    /// Its place in the order of calls, from 0.
    public let number: Int

    @inlinable
    init(number: Int) { self.number = number }

    /// Whether one was called before the other.
    public static func < (a: OperationID, b: OperationID) -> Bool { a.number < b.number }
}
