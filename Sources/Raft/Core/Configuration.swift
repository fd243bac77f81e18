// SPDX-License-Identifier: Apache-2.0

/// The members of a group: those who vote and those who only learn (dissertation §4).
public struct Configuration: Sendable, Hashable {
    /// Who votes and counts, in order.
    public let voters: [MemberID]
    /// Who receives entries without counting, in order.
    public let learners: [MemberID]

    /// Creates a configuration.
    /// - Parameters:
    ///   - voters: At least one, at most nine.
    ///   - learners: None of them a voter.
    public init(voters: [MemberID], learners: [MemberID] = []) {
        self.voters = voters.sorted()
        self.learners = learners.sorted()
        precondition(
            (1...9).contains(voters.count), "a configuration of \(voters.count) voters")
        precondition(
            Set(voters + learners).count == voters.count + learners.count,
            "a member listed twice in \(voters) and \(learners)")
    }

    /// How many voters make a majority.
    package var quorum: Int { voters.count / 2 + 1 }

    /// The highest value that a majority of voters has reached, given what each has.
    ///
    /// Recomputed from scratch every time: an incremental tracker is where quorum bugs live.
    package func reachedByQuorum<Value: Comparable>(_ value: (MemberID) -> Value) -> Value {
        let values = voters.map(value).sorted()
        return values[values.count - quorum]
    }

    /// Whether a majority of voters satisfies a condition.
    package func quorumSatisfies(_ condition: (MemberID) -> Bool) -> Bool {
        voters.count(where: condition) >= quorum
    }
}

/// The configurations of a log in log order; the newest is in force, committed or not.
///
/// A configuration takes effect when appended (dissertation §4.1), so a history is needed to take one
/// back when the log is truncated.
package struct ConfigurationHistory: Sendable, Equatable {
    /// A configuration and the entry that brought it.
    package struct Step: Sendable, Equatable {
        package let index: LogIndex
        package let configuration: Configuration
    }

    /// Never empty; the first is what the group was founded with, or what a snapshot said.
    package private(set) var steps: [Step]

    package init(founding configuration: Configuration) {
        steps = [Step(index: .zero, configuration: configuration)]
    }

    /// The configuration in force.
    package var current: Configuration { steps[steps.count - 1].configuration }
}
