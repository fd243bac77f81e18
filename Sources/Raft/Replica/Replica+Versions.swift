// SPDX-License-Identifier: Apache-2.0

// The machine version: raised when all members can, see ``VersionSurvey``.
extension Replica {
    /// Where this leader has appended an entry that raises the version and that is not applied here yet.
    package var versionRise: LogIndex? { survey.rise }

    private var others: [MemberID] {
        (core.configuration.voters + core.configuration.learners).filter { $0 != member }
    }

    /// Whether this member may raise the version: what is in force is certain, and not the highest it can run.
    ///
    /// It is certain when all that earlier leaders have appended is applied, and no entry of this leader's
    /// raises it meanwhile. Along the log, versions thus rise strictly.
    private var mayRaiseVersion: Bool {
        core.role == .leader && versions.upperBound > machineVersion && survey.rise == nil
            && core.log.term(at: applied) == core.term
    }

    /// Asks what the others can run, and raises the version if all can run more than is in force.
    ///
    /// Costs nothing where no program can.
    mutating func raiseVersionIfAllCan(at now: Moment) {
        guard mayRaiseVersion else { return }
        let time = now.monotonic
        if !survey.isOpen(at: time, limit: options.core.electionTimeoutMaximum) {
            survey.begin(at: time)
        }
        if let highest = survey.highest(own: versions, others: others), highest > machineVersion {
            var writer = ByteWriter(capacity: 4)
            highest.write(to: &writer)
            append(.machineVersion, commands: [writer.bytes[...]], at: now)
            survey.rise = core.log.lastIndex
            return
        }
        guard time - survey.lastAsked >= questionInterval else { return }
        survey.lastAsked = time
        let question = VersionQuestion(term: core.term, number: survey.number)
        for peer in others where !survey.hasAnswered(peer) {
            send(.versionQuestion(question), to: peer, at: now)
        }
    }

    /// How often those are asked who have not answered.
    ///
    /// Not as often as they are sent heartbeats, or both would leave in the same turns for ever: a control
    /// queue that has room for one of them would always drop the other.
    private var questionInterval: Interval {
        Interval(nanoseconds: options.core.heartbeatInterval.nanoseconds / 4 * 3)
    }

    /// When somebody has to be asked again.
    var versionDeadline: MonotonicTime? {
        guard mayRaiseVersion, !others.allSatisfy(survey.hasAnswered) else { return nil }
        return survey.lastAsked + questionInterval
    }

    mutating func receive(_ question: VersionQuestion, from peer: MemberID, at now: Moment) {
        guard question.term == core.term, peer == core.leader else { return }
        let answer = VersionAnswer(
            term: question.term, number: question.number, versions: versions)
        send(.versionAnswer(answer), to: peer, at: now)
    }

    mutating func receive(_ answer: VersionAnswer, from peer: MemberID) {
        guard core.role == .leader, answer.term == core.term else { return }
        survey.take(answer, from: peer)
    }

    /// An entry that raises the version was applied.
    mutating func noteVersion(_ entry: LogEntry) {
        survey.rise = nil
        // It was applied, so it can be read.
        guard let version = try? entry.machineVersion() else { return }
        machineVersion = max(machineVersion, version)
    }
}
