// SPDX-License-Identifier: Apache-2.0

internal import Raft

/// Watches the machine version: what the log says is what every member goes by, at the same index.
struct VersionJudge {
    private let docket: Docket
    /// What the log says: from the entry after `index` on, the version is this.
    private var steps: [(index: LogIndex, version: MachineVersion)] = []

    init(docket: Docket) { self.docket = docket }

    /// What is in force after all that is committed; nil until the cluster is founded.
    var newest: MachineVersion? { steps.last?.version }

    /// A member takes part in a cluster that was founded in this version.
    /// - Parameter unable: Members that never ran a program that can.
    mutating func founded(in version: MachineVersion, member: MemberID, unable: [MemberID]) {
        if !unable.isEmpty {
            fail(
                "a cluster is founded in a version that all members can run",
                found: "version \(version), which the programs of \(unable) cannot run",
                expected: "a version that all can run")
        }
        guard let first = steps.first else {
            steps.append((LogIndex.zero, version))
            return
        }
        guard first.version != version else { return }
        fail(
            "all members begin in the same version", found: "\(version) on \(member)",
            expected: "\(first.version)")
    }

    /// An entry was committed.
    mutating func committed(_ entry: LogEntry) {
        guard entry.kind == .machineVersion, let last = steps.last,
            let version = try? entry.machineVersion()
        else { return }
        if version <= last.version {
            fail(
                "along the log the machine version rises",
                found: "entry \(entry.index) makes it \(version)",
                expected: "more than \(last.version)")
        }
        steps.append((entry.index, version))
    }

    /// A member has applied an entry, and this is the version that is in force there now.
    /// - Parameter said: What it says is.
    mutating func applied(
        _ entry: LogEntry, on member: MemberID, running programs: ClosedRange<MachineVersion>,
        in version: MachineVersion, says said: MachineVersion?
    ) {
        if let said, said != version {
            fail(
                "a member says that it goes by the version it goes by",
                found: "\(member): \(said)", expected: "\(version)")
        }
        guard let step = steps.last(where: { $0.index <= entry.index }) else { return }
        if version != step.version {
            fail(
                "every member goes by the version that the log says",
                found: "\(member) by \(version) after entry \(entry.index)",
                expected: "by \(step.version), since entry \(step.index)")
        }
        guard !programs.contains(step.version) else { return }
        fail(
            "a member applies nothing under a version that its program cannot run",
            found: "\(member), which runs \(programs.words), applies entry \(entry.index)",
            expected: "it stops: version \(step.version) is in force since entry \(step.index)")
    }

    /// A leader appends an entry that raises the version.
    /// - Parameter unable: Members that ran no program that can for an election timeout.
    mutating func raised(to version: MachineVersion, by leader: MemberID, unable: [MemberID]) {
        guard !unable.isEmpty else { return }
        fail(
            "the machine version rises when all members can run the next one",
            found: "\(leader) raises it to \(version), which the programs of \(unable) cannot run",
            expected: "a version that every member could run a moment ago")
    }

    private mutating func fail(_ property: String, found: String, expected: String) {
        docket.note(property, found: found, expected: expected)
    }
}
