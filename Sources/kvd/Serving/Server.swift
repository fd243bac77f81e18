// SPDX-License-Identifier: Apache-2.0

import KVServer
import KVStateMachine
import Platform
import Raft
import RaftTransport

/// One member as a process: the loop with everything on it, from start to exit.
final class Server: @unchecked Sendable {
    private let options: ServerOptions
    private let log: Log
    private let loop: EventLoop
    private let transport: TCPTransport
    private let listener: ClientListener
    private let signals: FileDescriptor
    private var node: RaftNode<KVStore>?
    private var clients: ClientServer?
    private var hasStarted = false
    private var isStopping = false

    /// Descriptors that clients can't have: files, members, the loop's own.
    private static let reservedDescriptors = 128

    /// Runs a member on this thread until its process ends.
    static func run(_ options: ServerOptions) -> Never {
        let server: Server
        do throws(SystemError) {
            // Before any thread is started: a thread that does not block the signals would get
            // them.
            let signals = try Signals.signalFD(for: [.interrupt, .terminate])
            Signals.ignoreBrokenPipe()
            try watchParent()
            server = try Server(options, signals)
        } catch {
            KVD.fail(.failure, "\(error)")
        }
        server.run()
    }

    /// A child of `local-cluster` ends with its parent, however that ends.
    private static func watchParent() throws(SystemError) {
        guard let text = Process.environment[Settings.lifelineVariable],
            let number = Int32(text), number > 2
        else { return }
        try Lifeline.watch(FileDescriptor(rawValue: number)) {
            try? Process.kill(Process.processID, .terminate)
        }
    }

    private init(_ options: ServerOptions, _ signals: FileDescriptor) throws(SystemError) {
        self.options = options
        self.signals = signals
        log = Log(level: options.logLevel, format: options.logFormat)
        loop = try EventLoop(name: "kvd")
        transport = TCPTransport(loop: loop, listen: options.peerAddress)
        listener = try ClientListener(options.clientAddress, loop: loop, log: log)
    }

    private func run() -> Never {
        let node: RaftNode<KVStore>
        do throws(RaftError) {
            var configuration = NodeConfiguration(
                member: options.id, initialMembers: options.initialMembers)
            configuration.options.clockJumpLimit = options.clockJumpLimit
            node = try RaftNode(
                configuration, environment: KVStore.Options(), transport: transport,
                fileSystem: POSIXFileSystem(directory: options.dataDirectory), loop: loop,
                observe: { [self] event in observe(event) })
        } catch {
            end(error)
        }
        self.node = node
        let clients = ClientServer(gatewayOptions(), node: node, loop: loop)
        self.clients = clients
        do throws(SystemError) {
            clients.start()
            try listener.start(clients)
            _ = try loop.register(
                signals, interest: .read, handler: EventHandler { [self] in readSignals() })
        } catch {
            KVD.fail(.failure, "\(error)")
        }
        Task.detached { [self] in
            do throws(RaftError) {
                try await node.run()
            } catch {
                end(error)
            }
            log.write(.info, "stopped")
            Process.exit(KVD.ExitCode.success.rawValue)
        }
        loop.run()
        // Whoever stops the loop ends the process first.
        Process.exit(KVD.ExitCode.failure.rawValue)
    }

    private func gatewayOptions() -> GatewayOptions {
        var gateway = GatewayOptions()
        let descriptors = Descriptors.raiseLimit()
        gateway.maximumClients = max(
            1, min(options.maximumClients, descriptors - Self.reservedDescriptors))
        if gateway.maximumClients < options.maximumClients {
            log.write(
                .warning,
                "serves only \(gateway.maximumClients) clients at a time, not"
                    + " \(options.maximumClients): the process may have \(descriptors) descriptors"
                    + " (ulimit -n)")
        }
        gateway.version = KVD.version
        gateway.processID = Process.processID
        gateway.port = listener.address.port
        gateway.runID = SystemRandom.bytes(count: 20)
            .map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined()
        return gateway
    }

    /// Takes what the member says; on the loop.
    private func observe(_ event: NodeEvent) {
        // Not before: a start that fails has one line to say, its reason.
        if !hasStarted {
            hasStarted = true
            log.write(
                .info,
                "kvd \(KVD.version): member \(options.id), data in \(options.dataDirectory)")
        }
        switch event {
        case .ready:
            log.write(.info, event.description)
            clients?.serve()
            let peer = transport.boundAddress ?? options.peerAddress
            Console.write(
                "kvd ready id=\(options.id) client=\(listener.address) peer=\(peer)\n",
                to: .standardOutput)
        case .recovered, .waitingForMembers, .joined, .roleChanged, .machineVersionRose:
            log.write(.info, event.description)
        case .clock(.setByWallClocks), .clock(.cleared): log.write(.info, event.description)
        case .refused, .malformedFrame, .diskTrouble, .clock(.raised):
            log.write(.warning, event.description)
        }
    }

    private func readSignals() {
        while let signal = (try? Signals.read(signals)) ?? nil { stop(signal) }
    }

    /// Finishes what is under way, then ends; asked twice, ends at once.
    private func stop(_ signal: Signal) {
        guard !isStopping else { KVD.fail(.failure, "stopped by a second signal") }
        isStopping = true
        log.write(.info, "stopping: \(signal)")
        listener.stop()
        clients?.stop { [self] in node?.stop() }
    }

    /// Ends the process because the member can't start or go on.
    private func end(_ error: RaftError) -> Never {
        let code: KVD.ExitCode =
            switch error.code {
            case .invalidConfiguration: .badConfiguration
            case .directoryLocked, .directoryUnusable, .foreignCluster, .logDamaged:
                .unusableDirectory
            case .inputOutput, .transport, .undecodableEntry, .unsupportedMachineVersion: .failure
            }
        KVD.fail(code, error.message)
    }
}
