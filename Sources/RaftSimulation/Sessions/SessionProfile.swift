// SPDX-License-Identifier: Apache-2.0

public import Raft

/// How clients with sessions behave.
public struct SessionProfile: Hashable, Sendable {
    /// How many there are; they come on top of the other clients.
    public var count = 0
    /// How many commands one of them has under way at most.
    public var window: UInt64 = 8
    /// How long a client waits between two things it does.
    public var pause = Delay.microseconds(5000, 100_000)
    /// How long a session lives when it is not used, in cluster time.
    public var lifetime = Interval.seconds(5)
    /// How many sessions the members know at most.
    public var limit = 10_000

    /// None.
    public init() {}
}

/// What clients with sessions call: a command of their own each, of which the output tells how often it
/// was carried out.
public struct SessionWorkload<Machine: StateMachine & ~Copyable>: Sendable {
    let command: @Sendable (_ client: Int) -> Machine.Command
    let output: @Sendable (_ client: Int, _ times: Int) -> Machine.Output

    /// Creates a workload.
    /// - Parameters:
    ///   - command: What a client calls, each time.
    ///   - output: What that gives when it is carried out for the so-manieth time, from 1; nobody else
    ///     may change it.
    public init(
        command: @escaping @Sendable (_ client: Int) -> Machine.Command,
        output: @escaping @Sendable (_ client: Int, _ times: Int) -> Machine.Output
    ) {
        self.command = command
        self.output = output
    }
}
