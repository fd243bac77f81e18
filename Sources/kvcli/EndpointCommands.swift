// SPDX-License-Identifier: Apache-2.0

/// `kvcli endpoint …`: questions to every endpoint by itself.
enum EndpointCommand: String, CaseIterable {
    case status, health, hash

    /// What to ask besides `INFO raft`.
    var questions: [[String]] {
        switch self {
        case .status: [["DBSIZE"], ["INFO", "server"]]
        case .health: []
        case .hash: [["KV.HASH"]]
        }
    }

    /// The reports as text.
    func render(_ reports: [EndpointReport], _ format: Arguments.Format) -> String {
        switch format {
        case .json: JSON.array(reports.map(json)).text + "\n"
        case .simple: Table(header: header, rows: reports.map(row)).text(isBoxed: false)
        case .table: Table(header: header, rows: reports.map(row)).text(isBoxed: true)
        }
    }

    /// What is wrong and not in the output yet, one line each.
    func complaints(about reports: [EndpointReport]) -> [String] {
        switch self {
        case .health: []
        case .status: reports.compactMap { $0.problem(named: true) }
        case .hash:
            reports.compactMap { report in
                report.failure == nil
                    ? report.hashError.map { "\(report.endpoint): \($0)" }
                    : report.problem(named: true)
            } + disagreements(in: reports)
        }
    }

    /// The exit status: 2 if no endpoint can be reached, 10 if those that can know no leader, 1 if
    /// anything else is wrong.
    func exitCode(for reports: [EndpointReport]) -> ExitCode {
        if reports.allSatisfy({ !$0.isReachable }) { return .cannotConnect }
        if self == .hash {
            return complaints(about: reports).isEmpty ? .success : .failure
        }
        if reports.allSatisfy(\.isHealthy) { return .success }
        let isLeaderless = reports.allSatisfy { $0.leader == nil }
        return isLeaderless && reports.contains { !$0.raft.isEmpty } ? .noLeader : .failure
    }

    /// Members that have another state at the same index: the worst that can be said of a cluster.
    private func disagreements(in reports: [EndpointReport]) -> [String] {
        var first: [Int64: (endpoint: String, text: String)] = [:]
        var complaints: [String] = []
        for report in reports {
            guard let hash = report.hash else { continue }
            guard let other = first[hash.appliedIndex] else {
                first[hash.appliedIndex] = (report.endpoint, hash.text)
                continue
            }
            guard other.text != hash.text else { continue }
            complaints.append(
                "\(report.endpoint) and \(other.endpoint) have different states at index"
                    + " \(hash.appliedIndex): one of them is damaged")
        }
        return complaints
    }

    private var header: [String] {
        switch self {
        case .status:
            ["ENDPOINT", "ID", "ROLE", "TERM", "LEADER", "APPLIED", "KEYS", "OK", "VERSION"]
        case .health: ["ENDPOINT", "OK", "TOOK", "PROBLEM"]
        case .hash: ["ENDPOINT", "APPLIED", "HASH"]
        }
    }

    private func row(_ report: EndpointReport) -> [String] {
        let health = report.isHealthy ? "yes" : "no"
        let texts: [String?] =
            switch self {
            case .status:
                [
                    report.raft["raft_id"], report.raft["raft_role"], report.raft["raft_term"],
                    report.leader.map { "\($0)" }, report.raft["raft_applied_index"],
                    report.keys.map { "\($0)" }, health,
                    report.version,
                ]
            case .health:
                [health, report.milliseconds.map { "\($0) ms" }, report.problem(named: false)]
            case .hash: [report.hash.map { "\($0.appliedIndex)" }, report.hash?.text]
            }
        return [report.endpoint] + texts.map { $0 ?? "-" }
    }

    private func json(_ report: EndpointReport) -> JSON {
        func number(_ field: String) -> JSON { report.number(field).map { .integer($0) } ?? .null }
        func text(_ text: String?) -> JSON { text.map { .string($0) } ?? .null }
        let members: [(String, JSON)] =
            switch self {
            case .status:
                [
                    ("id", number("raft_id")), ("role", text(report.raft["raft_role"])),
                    ("term", number("raft_term")),
                    ("leader", report.leader.map { .integer($0) } ?? .null),
                    ("commitIndex", number("raft_commit_index")),
                    ("appliedIndex", number("raft_applied_index")),
                    ("lastIndex", number("raft_last_index")),
                    ("snapshotIndex", number("raft_snapshot_index")),
                    ("keys", report.keys.map { .integer($0) } ?? .null),
                    ("healthy", .boolean(report.isHealthy)), ("version", text(report.version)),
                    ("clusterId", text(report.raft["raft_cluster_id"])),
                ]
            case .health:
                [
                    ("healthy", .boolean(report.isHealthy)),
                    ("milliseconds", report.milliseconds.map { .integer(Int64($0)) } ?? .null),
                    ("problem", text(report.problem(named: false))),
                ]
            case .hash:
                [
                    ("appliedIndex", report.hash.map { .integer($0.appliedIndex) } ?? .null),
                    ("hash", text(report.hash?.text)),
                ]
            }
        return .object(
            ([("endpoint", .string(report.endpoint))] + members).map {
                JSON.Member(name: $0.0, value: $0.1)
            })
    }
}
