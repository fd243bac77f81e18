// SPDX-License-Identifier: Apache-2.0

internal import KVStateMachine
internal import Raft

extension Gateway {
    /// The text of `INFO`: the sections that were asked for, by default all.
    func information(
        of store: borrowing KVStore, sections: KeyList, _ query: Query
    ) -> String {
        var wanted: [String] = []
        var offset = query.offset
        for _ in 0..<query.keyCount {
            unsafe sections.withKey(at: &offset) { name in
                wanted.append(unsafe String(decoding: name, as: UTF8.self).lowercased())
            }
        }
        let wantsAll = wanted.isEmpty || wanted.contains { Self.allSections.contains($0) }
        var parts: [String] = []
        for section in InfoSection.allCases where wantsAll || wanted.contains(section.rawValue) {
            let lines = lines(of: section, store).map { "\($0):\($1)\r\n" }
            parts.append("# \(section.title)\r\n" + lines.joined())
        }
        return parts.joined(separator: "\r\n")
    }

    private static var allSections: [String] { ["all", "default", "everything"] }

    private enum InfoSection: String, CaseIterable {
        case server, clients, memory, persistence, stats, replication, cluster, keyspace, raft

        var title: String {
            let name = rawValue
            return name.prefix(1).uppercased() + name.dropFirst()
        }
    }

    private func lines(
        of section: InfoSection, _ store: borrowing KVStore
    ) -> [(name: String, value: String)] {
        switch section {
        case .server: serverLines
        case .clients: clientLines
        case .memory: memoryLines(store.statistics)
        // What clients wait for before they begin; a member serves only when its state is complete.
        case .persistence: [("loading", "0"), ("async_loading", "0"), ("aof_enabled", "1")]
        case .stats: statisticsLines(store.statistics)
        // Every member takes writes, and none is a replica in the sense of Redis.
        case .replication: [("role", "master"), ("connected_slaves", "0")]
        case .cluster: [("cluster_enabled", "0")]
        case .keyspace: keyspaceLines(store.count, store.statistics)
        case .raft: raftLines(clusterTime: store.clusterTime)
        }
    }

    private var serverLines: [(name: String, value: String)] {
        let uptime = (now - startedAt) / 1000
        return [
            ("redis_version", GatewayOptions.redisVersion), ("redis_mode", "standalone"),
            ("kvd_version", options.version), ("arch_bits", "64"),
            ("process_id", String(options.processID)), ("run_id", options.runID),
            ("tcp_port", String(options.port)),
            ("server_time_usec", String(clusterTime * 1000)), ("uptime_in_seconds", String(uptime)),
            ("uptime_in_days", String(uptime / 86_400)),
        ]
    }

    private var clientLines: [(name: String, value: String)] {
        [
            ("connected_clients", String(connectionCount)), ("cluster_connections", "0"),
            ("maxclients", String(options.maximumClients)), ("blocked_clients", "0"),
        ]
    }

    private func memoryLines(
        _ store: KVStore.Statistics
    ) -> [(name: String, value: String)] {
        [
            ("used_memory", String(store.allocatedBytes)),
            ("used_memory_dataset", String(store.payloadBytes)),
            ("maxmemory", "0"), ("maxmemory_policy", "noeviction"),
            ("gateway_in_flight_bytes", String(inFlightBytes)),
        ]
    }

    private func statisticsLines(
        _ store: KVStore.Statistics
    ) -> [(name: String, value: String)] {
        [
            ("total_connections_received", String(statistics.connectionsReceived)),
            ("total_commands_processed", String(statistics.commandsProcessed)),
            ("total_net_input_bytes", String(statistics.inputBytes)),
            ("total_net_output_bytes", String(statistics.outputBytes)),
            ("rejected_connections", String(statistics.connectionsRejected)),
            ("expired_keys", String(store.expired)), ("evicted_keys", "0"),
            ("keyspace_hits", String(statistics.keyspaceHits)),
            ("keyspace_misses", String(statistics.keyspaceMisses)),
            ("total_error_replies", String(statistics.errorReplies)),
            ("gateway_write_rounds", String(statistics.writeRounds)),
            ("gateway_read_rounds", String(statistics.readRounds)),
            ("gateway_writes_in_doubt", String(statistics.writesInDoubt)),
        ]
    }

    private func keyspaceLines(
        _ count: Int, _ store: KVStore.Statistics
    ) -> [(name: String, value: String)] {
        guard count > 0 else { return [] }
        return [("db0", "keys=\(count),expires=\(store.keysWithDeadline),avg_ttl=0")]
    }

    private func raftLines(clusterTime: ClusterTime) -> [(name: String, value: String)] {
        guard let status else { return [] }
        return [
            ("raft_id", status.member.description),
            ("raft_role", status.isLearner ? "learner" : status.role.description),
            ("raft_term", status.term.description),
            // As etcd says it: 0 is no member.
            ("raft_leader_id", status.leader?.description ?? "0"),
            ("raft_commit_index", status.commitIndex.description),
            ("raft_applied_index", status.appliedIndex.description),
            ("raft_last_index", status.lastIndex.description),
            ("raft_snapshot_index", status.snapshotIndex.description),
            ("raft_log_bytes", String(status.logBytes)),
            ("raft_voters", Self.list(status.voters)),
            ("raft_learners", Self.list(status.learners)),
            ("raft_cluster_id", status.cluster?.description ?? ""),
            ("raft_cluster_time", clusterTime.description),
            ("raft_wall_clock_offset_ms", status.wallClockOffset?.description ?? ""),
            ("raft_clock_alarm", status.clockAlarm?.name ?? "none"),
            ("raft_machine_version", status.machineVersion?.description ?? ""),
            (
                "raft_machine_versions",
                "\(status.machineVersions.lowerBound)-\(status.machineVersions.upperBound)"
            ),
        ]
    }

    private static func list(_ members: [MemberID]) -> String {
        members.map(\.description).joined(separator: ",")
    }
}
