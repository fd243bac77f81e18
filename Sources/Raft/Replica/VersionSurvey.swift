// SPDX-License-Identifier: Apache-2.0

/// What members have told a leader, in answer to one question, of the machine versions that they can run.
///
/// A leader whose program can run more than is in force asks all other members, voters and learners, and raises
/// the version when all have answered that they can too.
///
/// *Why this is safe.* No two members ever apply an entry under different versions, whatever was asked and
/// answered: the version rises where the log says so, and a member whose program cannot run what is in
/// force applies nothing and stops (``RaftError/Code/unsupportedMachineVersion``). The question is there so
/// that this does not happen to anybody. A version rises only if every member of the leader's configuration
/// could run it at some moment since the question was asked: answers name the leader's term and the question,
/// and a question is given up for a new one when it is older than an election timeout, or when a connection to or
/// from any member ends or begins, as the member may have been started again with another program. So nothing
/// counts that was said to another leader, or by a former life of a member whose connections were noticed to end.
///
/// *What is left* is a member that has answered and is started again with an older program before the entry
/// that raises the version is applied there. It stops when it comes to that entry, with what to do about it;
/// the others go on.
struct VersionSurvey: Sendable {
    private struct Answer: Sendable {
        let member: MemberID
        let versions: ClosedRange<MachineVersion>
    }

    /// Counts the questions of one leadership.
    private(set) var number: UInt64 = 0
    /// When the question was first asked; nil if a new one is due.
    private var begun: MonotonicTime?
    private var answers: [Answer] = []
    /// When it was last said.
    var lastAsked = MonotonicTime.zero
    /// An entry of this leader's that raises the version and is not applied here yet.
    var rise: LogIndex?

    /// Whether a question stands that was first asked less than `limit` ago.
    func isOpen(at now: MonotonicTime, limit: Interval) -> Bool {
        begun.map { now - $0 < limit } ?? false
    }

    /// Asks anew; nothing that was answered before counts any more.
    mutating func begin(at now: MonotonicTime) {
        number += 1
        begun = now
        answers.removeAll(keepingCapacity: true)
    }

    /// Gives the question up.
    mutating func abandon() { begun = nil }

    /// Notes an answer to the question that stands; others are ignored.
    mutating func take(_ answer: VersionAnswer, from member: MemberID) {
        guard begun != nil, answer.number == number, !hasAnswered(member) else { return }
        answers.append(Answer(member: member, versions: answer.versions))
    }

    func hasAnswered(_ member: MemberID) -> Bool { answers.contains { $0.member == member } }

    /// The highest version that all can run; nil if there is none, or somebody has not answered.
    /// - Parameters:
    ///   - own: What the leader can run.
    ///   - others: All other members.
    func highest(own: ClosedRange<MachineVersion>, others: [MemberID]) -> MachineVersion? {
        guard others.allSatisfy(hasAnswered) else { return nil }
        let meant = answers.filter { others.contains($0.member) }.map(\.versions)
        return highestCommon([own] + meant)
    }
}

/// The highest version that everybody can run; nil if there is none.
/// - Parameter versions: What each can; not empty.
func highestCommon(_ versions: [ClosedRange<MachineVersion>]) -> MachineVersion? {
    guard let highest = versions.map(\.upperBound).min(),
        versions.allSatisfy({ $0.lowerBound <= highest })
    else { return nil }
    return highest
}

/// "What can you run?"
package struct VersionQuestion: Sendable, Hashable {
    package var term: Term
    /// Which of the leader's questions it is.
    package var number: UInt64
}

package struct VersionAnswer: Sendable, Hashable {
    package var term: Term
    package var number: UInt64
    /// What the answerer's program can run.
    package var versions: ClosedRange<MachineVersion>
}
