// SPDX-License-Identifier: Apache-2.0

public import Raft

/// A whole cluster in one thread and virtual time: the code that ships, on simulated disks, clocks and a
/// simulated network, judged after every event.
///
/// ```swift
/// let cluster = SimulatedCluster<Counter>(seed: 1, environment: ())
/// cluster.start()
/// let call = cluster.propose([5], on: cluster.members[0])[0]
/// cluster.inject(.crash(.leader, .kill, downFor: .seconds(1)))
/// cluster.run(for: .seconds(3))
/// ```
///
/// The same seed, profile and calls give the same run, to the last byte. Not thread-safe.
public final class SimulatedCluster<Machine: StateMachine & ~Copyable> {
    let world: World
    let machines: Machines<Machine>
    /// The seed of everything random.
    public let seed: UInt64
    /// All members, in order.
    public var members: [MemberID] { world.ids }

    /// Creates a cluster whose members are down, on empty disks.
    /// - Parameters:
    ///   - workload: What clients do once ``startClients()`` is called.
    ///   - omittedCalls: Calls of clients that are left out.
    public init(
        seed: UInt64, profile: SimulationProfile = SimulationProfile(),
        environment: Machine.Environment,
        workload: SimulationWorkload<Machine> = SimulationWorkload(),
        omittedCalls: [ClientCall] = []
    ) {
        self.seed = seed
        let docket = Docket()
        machines = Machines(
            members: profile.ids, environment: environment, workload: workload,
            profile: profile, random: SplitMix64(seed: seed).split("front"), docket: docket)
        world = World(
            seed: seed, profile: profile, machines: machines, docket: docket,
            omittedCalls: omittedCalls)
    }

    // MARK: Time

    /// How much virtual time has passed.
    public var elapsed: Interval { world.now - world.start }

    /// Lets virtual time pass; stops early when a property fails.
    public func run(for time: Interval) { world.run(for: time) }

    /// Lets virtual time pass until a condition holds.
    /// - Returns: Whether it came to hold within the time.
    public func run(within time: Interval, until condition: () -> Bool) -> Bool {
        let end = world.now + time
        while !condition() {
            guard world.step(before: end) else { return condition() }
        }
        return true
    }

    /// The first property that did not hold.
    public var failure: SimulationFailure? { world.failure }

    // MARK: Members

    /// Starts members that are down; all of them if none are named.
    public func start(_ members: [MemberID]? = nil) {
        for member in world.members where members?.contains(member.id) ?? true {
            world.start(member)
        }
    }

    /// Lets a fault happen now.
    public func inject(_ fault: Fault) { world.strike(fault) }

    /// Plans faults; their dates are counted from now.
    public func plan(_ faults: [DatedFault]) { world.plan(faults) }

    /// Mends everything: all members run, nothing is cut, stalled or paused.
    public func heal() { world.heal() }

    /// Lets clients begin with their workload.
    public func startClients() { world.startClients() }

    /// Who leads in the highest term, by its own account.
    public var leader: MemberID? { world.leader?.id }

    /// A member's role, term and leader as it sees them; nil if it does not serve.
    public func role(of id: MemberID) -> RoleState? {
        let member = member(id)
        guard let role = member.replica?.core.role, let term = member.replica?.core.term else {
            return nil
        }
        return RoleState(role: role, term: term, leader: member.replica?.core.leader)
    }

    /// The last entry a member has applied.
    public func appliedIndex(of id: MemberID) -> LogIndex { machines.applied(position(id)).index }

    /// The cluster time of the last entry a member has applied.
    public func clusterTime(of id: MemberID) -> ClusterTime { machines.applied(position(id)).time }

    /// A member's disk.
    public func disk(of id: MemberID) -> SimulatedDisk { member(id).disk }

    /// Takes everything from the disk of a member that is down.
    public func wipe(_ id: MemberID) { world.wipe(member(id)) }

    /// Members that have lost something for good and have stopped: damaged, or emptied and refused.
    public var lostMembers: [MemberID] { world.lostMembers }

    /// Members that faults have damaged or emptied, whether they have come upon it yet or not; those not
    /// any more that have read all they have and missed nothing.
    public var hitMembers: [MemberID] { world.hitMembers }

    /// Looks at a member's machine as it is, behind everybody's back.
    public func peek<Value>(at id: MemberID, _ body: (borrowing Machine) -> Value) -> Value {
        machines.peek(position(id), body)
    }

    /// Lets members refuse to go on without that being a failure; see ``refusal(of:)``.
    public var toleratesRefusals: Bool {
        get { world.toleratesRefusals }
        set { world.toleratesRefusals = newValue }
    }

    /// Why a member has ended by its own decision, if it has.
    public func refusal(of id: MemberID) -> RaftError? {
        switch member(id).phase {
        case .ended(let error): error
        case .down, .loading, .bootstrapping, .recovering, .serving: nil
        }
    }

    // MARK: Calls

    /// Proposes commands together on a member.
    public func propose(_ commands: [Machine.Command], on id: MemberID) -> [CallID] {
        world.recorder?.asks(commands)
        let (batch, digests) = Machines<Machine>.encode(commands)
        return world.propose(batch, digests, on: member(id)) { _ in .hand }
            .map { CallID(rawValue: $0) }
    }

    /// Reads on a member.
    public func read(
        _ consistency: ReadConsistency, on id: MemberID,
        _ body: @escaping (borrowing Machine) -> String
    ) -> CallID {
        machines.watch(world.calls.calls.count, body)
        return CallID(rawValue: world.read(consistency, on: member(id), for: .hand))
    }

    /// How a call stands.
    public func outcome(of call: CallID) -> CallOutcome { world.calls.calls[call.rawValue].outcome }

    /// What a command that was applied gave.
    public func output(of call: CallID) -> Machine.Output? { machines.outputs[call.rawValue] }

    /// What a read that was answered saw.
    public func observation(of call: CallID) -> String? { machines.observed[call.rawValue] }

    // MARK: The end

    /// How often something was reached so far.
    public func count(of mark: SimulationMark) -> Int { world.marks[mark.rawValue] }

    /// A function of everything that has happened.
    public var traceHash: UInt64 { world.trace.hash }

    /// The newest lines of the trace, oldest first.
    public var trace: [String] {
        let text = world.traceText
        return world.trace.lines.map(text.line)
    }

    /// What the run has come to.
    public var report: SimulationReport {
        SimulationReport(
            seed: seed, failure: world.failure, trace: trace, traceHash: traceHash,
            events: world.events, virtualTime: elapsed,
            callsMade: world.callsMade,
            acknowledged: world.calls.acknowledged + world.acknowledgedByUsers,
            faults: world.faultCount, isUndecided: machines.front?.isUndecided ?? false,
            marks: world.marks)
    }

    /// Calls `body` with every line of the trace from now on.
    public func observe(_ body: @escaping (String) -> Void) {
        let text = world.traceText
        world.trace.observer = { body(text.line($0)) }
    }

    func member(_ id: MemberID) -> SimulatedMember { world.members[position(id)] }

    func position(_ id: MemberID) -> Int {
        guard let position = world.ids.firstIndex(of: id) else {
            preconditionFailure("member \(id) is none of \(world.ids)")
        }
        return position
    }
}
