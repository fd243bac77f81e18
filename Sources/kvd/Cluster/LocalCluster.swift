// SPDX-License-Identifier: Apache-2.0

import Platform

/// A whole cluster on this machine: starts one process for each member, and ends them.
///
/// It restarts nothing. The members end with this process, however that ends.
final class LocalCluster: @unchecked Sendable {
    private let options: LocalClusterOptions
    private let loop: EventLoop
    private let signals: FileDescriptor
    private let lifeline: Lifeline
    private var nodes: [LocalNode] = []
    private var phase = Phase.starting
    private var leaderSearchAt: UInt64 = 0
    private let startDeadline: UInt64

    private enum Phase: Equatable {
        /// Until all members are ready.
        case starting
        /// Until one of them leads.
        case searchingLeader
        case running
        /// Until all processes have ended.
        case stopping(KVD.ExitCode)
    }

    private static let startNanoseconds: UInt64 = 30_000_000_000
    private static let searchNanoseconds: UInt64 = 100_000_000

    /// Runs the cluster until it is told to end.
    static func run(_ options: LocalClusterOptions) -> Never {
        do throws(SystemError) {
            let signals = try Signals.signalFD(for: [.interrupt, .terminate, .hangup])
            Signals.ignoreBrokenPipe()
            try Files.makeDirectory(options.dataDirectory, intermediates: true)
            let cluster = try LocalCluster(options, signals)
            try cluster.start()
            cluster.loop.run()
        } catch {
            KVD.fail(.failure, "\(error)")
        }
        Process.exit(KVD.ExitCode.failure.rawValue)
    }

    private init(
        _ options: LocalClusterOptions, _ signals: FileDescriptor
    ) throws(SystemError) {
        self.options = options
        self.signals = signals
        loop = try EventLoop(name: "local-cluster")
        lifeline = try Lifeline()
        startDeadline = loop.now + Self.startNanoseconds
    }

    private func start() throws(SystemError) {
        _ = try loop.register(
            signals, interest: .read, handler: EventHandler { [self] in readSignals() })
        loop.add(self, phase: .process)
        let members = (1...options.nodes).map { "\($0)=127.0.0.1:\(options.peerPort + $0 - 1)" }
            .joined(separator: ",")
        for number in 1...options.nodes {
            let node = try LocalNode(number, options, members: members, lifeline: lifeline)
            nodes.append(node)
            try node.watch(loop, onExit: { [self] in ended(node) }, onReady: { [self] in ready() })
        }
    }

    private func ready() {
        guard phase == .starting, nodes.allSatisfy({ $0.isReady }) else { return }
        phase = .searchingLeader
        leaderSearchAt = loop.now
    }

    /// A member's process has ended.
    private func ended(_ node: LocalNode) {
        switch phase {
        case .starting, .searchingLeader:
            stop(.failure, "node \(node.number) did not start: \(node.lastWords)")
        case .running:
            say("node \(node.number) \(node.status): \(node.lastWords)", to: .standardError)
            if nodes.allSatisfy({ $0.hasEnded }) { exit(.failure) }
        case .stopping(let code): if nodes.allSatisfy({ $0.hasEnded }) { exit(code) }
        }
    }

    private func readSignals() {
        while (try? Signals.read(signals)) ?? nil != nil {
            if case .stopping = phase {
                for node in nodes { node.send(.kill) }
                exit(.failure)
            }
            stop(.success, nil)
        }
    }

    private func stop(_ code: KVD.ExitCode, _ reason: String?) {
        if case .stopping = phase { return }
        phase = .stopping(code)
        if let reason { say("kvd: \(reason)", to: .standardError) }
        for node in nodes { node.send(.terminate) }
        if nodes.allSatisfy({ $0.hasEnded }) { exit(code) }
    }

    private func exit(_ code: KVD.ExitCode) -> Never { Process.exit(code.rawValue) }

    private func say(_ text: String, to stream: Console.Stream) {
        Console.write(text + "\n", to: stream)
    }
}

extension LocalCluster: LoopMember {
    func turn(now: UInt64) -> Turn {
        switch phase {
        case .starting:
            guard now >= startDeadline else { return Turn(deadline: startDeadline) }
            let late = nodes.filter { !$0.isReady }.map { "\($0.number)" }.joined(separator: ", ")
            stop(
                .failure,
                "not ready after \(Self.startNanoseconds / 1_000_000_000) s: node \(late);"
                    + " see the logs in \(options.dataDirectory)")
            return .idle
        case .searchingLeader:
            guard now >= leaderSearchAt else { return Turn(deadline: leaderSearchAt) }
            if showTable() { return .idle }
            leaderSearchAt = now + Self.searchNanoseconds
            return Turn(deadline: leaderSearchAt)
        case .running, .stopping: return .idle
        }
    }

    /// Prints who is where, if one of the members leads.
    private func showTable() -> Bool {
        let roles = nodes.map { node in MemberQuery.role(at: node.clientAddress) ?? "?" }
        guard roles.contains("leader") else { return false }
        phase = .running
        var rows = [["node", "role", "client", "peer", "data"]]
        for (node, role) in zip(nodes, roles) {
            rows.append([
                "\(node.number)", role, node.clientAddress, node.peerAddress, node.dataDirectory,
            ])
        }
        let first = nodes[0].clientAddress
        say(
            """

            \(TextTable.lines(rows).joined(separator: "\n"))

            Every node takes every command: redis-cli -p \(first.split(separator: ":").last ?? "")
            Logs: \(options.dataDirectory)/node-N.log. Ctrl-C stops the cluster and keeps its data.
            """, to: .standardOutput)
        return true
    }
}

/// Columns of text.
enum TextTable {
    /// One line for each row, every column as wide as its widest cell.
    static func lines(_ rows: [[String]]) -> [String] {
        let columns = rows.map(\.count).max() ?? 0
        let widths = (0..<columns).map { column in
            rows.map { column < $0.count ? $0[column].count : 0 }.max() ?? 0
        }
        return rows.map { row in
            let cells = zip(row, widths).map { cell, width in
                cell + String(repeating: " ", count: width - cell.count)
            }
            return "  " + cells.joined(separator: "  ").trimmedEnd
        }
    }
}

extension String {
    /// Without spaces at the end.
    fileprivate var trimmedEnd: String {
        var text = self[...]
        while text.last == " " { text.removeLast() }
        return String(text)
    }
}

/// Calls a closure when a descriptor is ready.
final class EventHandler: IOHandler {
    private let body: () -> Void

    init(_ body: @escaping () -> Void) { self.body = body }

    func ready(_ events: ReadyEvents) { body() }
}
