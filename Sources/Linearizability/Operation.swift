// SPDX-License-Identifier: Apache-2.0

/// One call of one client, as the client saw it.
public struct Operation<Input: Sendable, Output: Sendable>: Sendable {
    /// Who called; operations of one client do not overlap unless it pipelines.
    public let client: Int
    /// What was asked.
    public let input: Input
    /// What was answered; nil if nothing was, so that nobody knows whether it took effect.
    public let output: Output?
    /// When it was called.
    public let called: UInt64
    /// When the answer came; without an output it may take effect at any time after the call.
    public let returned: UInt64

    /// Creates an operation.
    /// - Parameters:
    ///   - called: On a clock that all clients of the history share.
    ///   - returned: On the same clock; of no meaning without an output.
    public init(client: Int, input: Input, output: Output?, called: UInt64, returned: UInt64) {
        self.client = client
        self.input = input
        self.output = output
        self.called = called
        self.returned = output == nil ? .max : returned
    }
}
