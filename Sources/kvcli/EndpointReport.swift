// SPDX-License-Identifier: Apache-2.0

import KVClient
import Platform
import RESP

/// What one member said about itself; nil is what it did not say.
struct EndpointReport {
    let endpoint: String
    /// Why nothing else is known.
    var failure: ClientError?
    var answersPing = false
    var milliseconds: Int?
    var keys: Int64?
    var version: String?
    /// The fields of `INFO raft`.
    var raft: [String: String] = [:]
    var hash: (appliedIndex: Int64, text: String)?
    var hashError: String?

    /// Whether it answers and knows a leader.
    var isHealthy: Bool { answersPing && leader != nil }

    /// The leader's id; 0 stands for none.
    var leader: Int64? { number("raft_leader_id").flatMap { $0 == 0 ? nil : $0 } }

    /// Whether a connection came about.
    var isReachable: Bool {
        if case .cannotConnect = failure { false } else { true }
    }

    /// What is wrong, or nil if nothing is; `named`: says at which endpoint.
    func problem(named: Bool) -> String? {
        let text: String
        switch failure {
        case .cannotConnect(_, let reason): text = "cannot connect: \(reason)"
        case .timeout(_, let milliseconds): text = "no reply within \(milliseconds) ms"
        case .connectionLost(_, let reason): text = "connection lost: \(reason)"
        case .protocolError(_, let reason): text = "no Redis protocol: \(reason)"
        case .server, .notExecuted, .outcomeUnknown, .replyGone, .cancelled:
            text = failure?.description ?? ""
        case nil:
            if !answersPing {
                text = "PING was refused"
            } else if raft.isEmpty {
                text = "it is no kvd member: INFO has no section raft"
            } else if leader == nil {
                text = "it knows no leader"
            } else {
                return nil
            }
        }
        return named ? "\(endpoint): \(text)" : text
    }

    func number(_ field: String) -> Int64? { raft[field].flatMap { Int64($0) } }

    init(endpoint: String) {
        self.endpoint = endpoint
    }

    /// Asks one member; `READONLY` lets it answer from what it has even when there is no leader.
    init(asking endpoint: String, for command: EndpointCommand, timeout: Duration) async {
        self.init(endpoint: endpoint)
        var options = KVClient.Options()
        options.connections = 1
        options.isExclusive = true
        options.writeProtection = .none
        options.timeout = timeout
        options.connectTimeout = timeout
        options.patience = timeout
        options.retries.rounds = 1
        do throws(ClientError) {
            let client = try KVClient(endpoints: [endpoint], options: options)
            let start = SystemClock.monotonicNanoseconds()
            answersPing = try await Self.ask(client, [["PING"]])[0] == .simpleString("PONG")
            milliseconds = Int((SystemClock.monotonicNanoseconds() - start) / 1_000_000)
            let questions = [["READONLY"], ["INFO", "raft"]] + command.questions
            let answers = try await Self.ask(client, questions)
            raft = Self.fields(of: answers[1])
            read(Array(answers.dropFirst(2)), to: command)
        } catch {
            failure = error
        }
    }

    /// Asks all members at once: one that hangs does not delay the others.
    static func askAll(
        _ endpoints: [String], for command: EndpointCommand, timeout: Duration
    ) async -> [EndpointReport] {
        await withTaskGroup(of: (Int, EndpointReport).self) { group in
            for (index, endpoint) in endpoints.enumerated() {
                group.addTask {
                    (index, await EndpointReport(asking: endpoint, for: command, timeout: timeout))
                }
            }
            var reports = endpoints.map { EndpointReport(endpoint: $0) }
            for await (index, report) in group { reports[index] = report }
            return reports
        }
    }

    /// The answers to questions, error replies among them.
    private static func ask(
        _ client: KVClient, _ questions: [[String]]
    ) async throws(ClientError) -> [Value] {
        var answers: [Value] = []
        for result in await client.call(all: questions.map { $0.map { Array($0.utf8) } }) {
            switch result {
            case .success(let value): answers.append(value)
            case .failure(.server(let message)): answers.append(.error(message))
            case .failure(let error): throw error
            }
        }
        return answers
    }

    private mutating func read(_ answers: [Value], to command: EndpointCommand) {
        switch command {
        case .health: break
        case .status:
            keys = answers[0].integer
            let server = Self.fields(of: answers[1])
            version = server["kvd_version"] ?? server["redis_version"]
        case .hash:
            if let pair = answers[0].elements, pair.count == 2,
                let index = pair[0].integer ?? pair[0].text.flatMap({ Int64($0) }),
                let text = pair[1].text
            {
                hash = (index, text)
            } else {
                hashError = answers[0].text ?? "KV.HASH gave an unexpected reply"
            }
        }
    }

    /// The `name:value` lines of an `INFO` reply.
    static func fields(of reply: Value) -> [String: String] {
        if case .error = reply { return [:] }
        var fields: [String: String] = [:]
        for line in (reply.text ?? "").split(whereSeparator: \.isNewline) {
            guard !line.hasPrefix("#"), let colon = line.firstIndex(of: ":") else { continue }
            fields[String(line[..<colon])] = String(line[line.index(after: colon)...])
        }
        return fields
    }
}
