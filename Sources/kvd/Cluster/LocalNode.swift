// SPDX-License-Identifier: Apache-2.0

import Platform

/// One member of a local cluster: its process, and what it said.
final class LocalNode {
    let number: Int
    let clientAddress: String
    let peerAddress: String
    let dataDirectory: String
    private(set) var isReady = false
    /// What the process exited with, once it has.
    private(set) var exitStatus: ChildProcess.ExitStatus?

    private let process: ChildProcess
    private let logPath: String
    /// Where in the log this run of the process began.
    private let logStart: Int
    private var output: [UInt8] = []
    private var outputRegistration: Registration?
    private var exitRegistration: Registration?

    /// More than the one line that is waited for.
    private static let outputLimit = 4096
    private static let logTailBytes = 16 << 10

    /// Starts the process.
    init(
        _ number: Int, _ options: LocalClusterOptions, members: String, lifeline: Lifeline
    ) throws(SystemError) {
        self.number = number
        clientAddress = "127.0.0.1:\(options.clientPort + number - 1)"
        peerAddress = "127.0.0.1:\(options.peerPort + number - 1)"
        dataDirectory = "\(options.dataDirectory)/node-\(number)"
        logPath = "\(options.dataDirectory)/node-\(number).log"
        let log = try Files.open(logPath, [.write, .create, .append])
        defer { log.close() }
        logStart = try Files.size(log)
        // Settings for a single member are not meant for all of them.
        var environment = Process.environment.filter { !$0.key.hasPrefix("KVD_") }
        environment[Settings.lifelineVariable] = "\(lifeline.childEnd.rawValue)"
        process = try Process.spawn(
            try Process.executablePath,
            arguments: [
                "--id", "\(number)", "--data-dir", dataDirectory, "--initial-cluster", members,
                "--client-address", clientAddress,
            ],
            environment: environment, inheriting: [lifeline.childEnd], standardOutput: .pipe,
            standardError: .descriptor(log), newGroup: true)
    }

    /// Whether the process has ended.
    var hasEnded: Bool { exitStatus != nil }

    /// How the process ended.
    var status: String { exitStatus?.description ?? "runs" }

    /// Calls back, on the loop, once the member is ready, and once its process has ended.
    func watch(
        _ loop: EventLoop, onExit: @escaping () -> Void, onReady: @escaping () -> Void
    ) throws(SystemError) {
        if let pipe = process.standardOutput {
            outputRegistration = try loop.register(
                pipe, interest: .read,
                handler: EventHandler { [self] in readOutput(pipe, loop, onReady) })
        }
        exitRegistration = try loop.register(
            process.exitDescriptor, interest: .read,
            handler: EventHandler { [self] in
                guard let status = (try? process.exitStatus()) ?? nil, exitStatus == nil else {
                    return
                }
                exitStatus = status
                if let exitRegistration { loop.unregister(exitRegistration) }
                onExit()
            })
    }

    /// Sends the process a signal, if it runs.
    func send(_ signal: Signal) { try? process.send(signal) }

    /// Why the process ended, as far as it said so: the last line of its log.
    var lastWords: String {
        let bytes = (try? readLogTail()) ?? []
        let last = String(decoding: bytes, as: UTF8.self).split { $0.isNewline }.last
        guard let last else { return "it \(status) and said nothing" }
        return last.hasPrefix("kvd: ") ? String(last.dropFirst(5)) : String(last)
    }

    private func readLogTail() throws(SystemError) -> [UInt8] {
        let log = try Files.open(logPath)
        defer { log.close() }
        let end = try Files.size(log)
        let start = max(logStart, end - Self.logTailBytes)
        return try Files.pread(log, count: max(0, end - start), at: start)
    }

    private func readOutput(_ pipe: FileDescriptor, _ loop: EventLoop, _ onReady: () -> Void) {
        let result = (try? pipe.read(appendingTo: &output)) ?? .endOfFile
        switch result {
        case .bytes:
            let text = String(decoding: output, as: UTF8.self)
            if !isReady, text.contains("kvd ready "), text.contains("\n") {
                isReady = true
                onReady()
            }
            if output.count > Self.outputLimit { output.removeAll() }
        case .wouldBlock, .bufferFull: break
        case .endOfFile:
            if let outputRegistration { loop.unregister(outputRegistration) }
            outputRegistration = nil
        }
    }
}
