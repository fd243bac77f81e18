// SPDX-License-Identifier: Apache-2.0

internal import Raft

// What members lose for good, and what must come of it: either nothing, or a member that stops and says what
// it has lost; never one that goes on with less than it had.
extension World {
    /// What to make of a member that ends by its own decision.
    enum Verdict {
        /// Its disk failed; whoever looks after it starts it again.
        case startAgain(after: Interval)
        /// It has lost something and says so.
        case lost
        /// It had no reason to.
        case unexcused
    }

    /// Members that something has destroyed, or may have: until they have read all they have.
    var hitMembers: [MemberID] { members.filter { $0.trouble.loss != nil }.map(\.id) }

    /// Members that were destroyed and have stopped for good.
    var lostMembers: [MemberID] { members.filter(\.isLost).map(\.id) }

    /// Whether the members that nothing has destroyed can serve without the others.
    var hasSoundQuorum: Bool {
        members.count { $0.trouble.loss == nil } > members.count / 2
    }

    /// Whether a fault may destroy a member: one that was hit already, or one more if the budget allows it.
    func mayDestroy(_ member: SimulatedMember) -> Bool {
        // Before that, nobody could join the others in its place: the founding would never end.
        guard isFounded, !member.isLost else { return false }
        guard member.trouble.loss == nil else { return true }
        let isAllowed = hitMembers.count < profile.faults.budget.losses(of: members.count)
        if !isAllowed { mark(.budgetSpent) }
        return isAllowed
    }

    /// A member knows that it is of the cluster.
    func noteFounded(_ member: SimulatedMember) {
        member.hasJoined = true
        isFounded = isFounded || members.allSatisfy(\.hasJoined)
    }

    func verdict(on error: RaftError, of member: SimulatedMember) -> Verdict {
        let incidents = member.disk.incidents
        if error.code == .unsupportedMachineVersion { return verdictOnVersion(member) }
        switch member.trouble.loss {
        case .wiped?:
            guard error.code != .foreignCluster else {
                mark(.wipedRefused)
                return .lost
            }
        case .damaged(let paths)?:
            let isFound =
                error.code == .logDamaged && error.message.contains(" at byte ")
                || error.code == .inputOutput && incidents.failedReads > 0
            guard !isFound || !paths.contains(where: { error.message.contains($0) }) else {
                return verdictOnDamage(error, member)
            }
        case nil: break
        }
        guard error.code == .inputOutput, incidents.isAnythingFailed else { return .unexcused }
        mark(.diskFailed)
        if incidents.droppedSyncs > 0 { mark(.syncDropped) }
        if incidents.refusedForSpace > 0 { mark(.diskWasFull) }
        if error.message.contains("read") { mark(.readFailed) }
        return .startAgain(after: restartDelay(of: member))
    }

    /// A member has read all that its files have and found all it had: what was hit counts for nothing,
    /// unless its cache still hides it.
    func noteWhole(_ member: SimulatedMember) {
        guard case .damaged? = member.trouble.loss else { return }
        mark(.damageHarmless)
        if !member.disk.hidesSomething { member.trouble.loss = nil }
    }

    /// Whether what a member has lost has not come to light yet.
    var isLossHidden: Bool {
        members.contains { member in
            guard case .damaged? = member.trouble.loss else { return false }
            return !member.isLost
        }
    }

    private func verdictOnDamage(_ error: RaftError, _ member: SimulatedMember) -> Verdict {
        guard !member.isServing else {
            mark(.damageFoundReading)
            return .startAgain(after: restartDelay(of: member))
        }
        mark(.damageRefused)
        requireRefusalAgain(error, member)
        return .lost
    }

    func restartDelay(of member: SimulatedMember) -> Interval {
        member.downAfterFault
            ?? Interval(nanoseconds: 50_000_000 + member.random.next(below: 450_000_000))
    }

    /// A refused start changes nothing: the next one must end in the same way.
    private func requireRefusalAgain(_ error: RaftError, _ member: SimulatedMember) {
        let disk = member.disk.clone()
        disk.kill()
        var found = "it starts"
        do throws(RaftError) {
            if let identity = try Identity.load(from: disk) {
                _ = try WriteAheadLog.recover(
                    in: disk, identity: identity, salt: 1, options: logOptions)
            }
        } catch {
            found = error.message
        }
        guard found != error.message else { return }
        fail(
            "a member that is damaged is refused every time",
            found: "\(member.id), the second time: \(found)", expected: error.message)
    }

    /// A member begins to serve: not if it has lost all it had, votes and all.
    func requireWhole(_ member: SimulatedMember) {
        guard case .wiped(wasFounded: true)? = member.trouble.loss else { return }
        fail(
            "a member whose data is gone does not come back as if it had never voted",
            found: "\(member.id) serves", expected: "it refuses to")
    }
}

extension SimulatedMember {
    /// Whether it has lost something, and stopped for good.
    var isLost: Bool {
        guard trouble.loss != nil, case .ended = phase else { return false }
        return true
    }
}
