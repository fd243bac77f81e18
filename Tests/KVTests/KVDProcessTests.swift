// SPDX-License-Identifier: Apache-2.0

import Platform
import Testing

/// The program itself, as its users start it.
@Suite(.serialized, .timeLimit(.minutes(1))) struct `kvd as a process` {
    /// What a run of the program left behind.
    struct Run: Sendable {
        var status: ChildProcess.ExitStatus?
        var output = ""
        var error = ""
    }

    /// Where SwiftPM puts programs: beside the tests.
    private static var executable: String {
        let test = (try? Process.executablePath) ?? ""
        let isRunner = test.hasSuffix(".xctest")
        let path = isRunner ? test : CommandLine.arguments[0]
        return path.split(separator: "/", omittingEmptySubsequences: false).dropLast()
            .joined(separator: "/") + "/kvd"
    }

    /// Runs the program to its end, on a thread of its own: nothing here may block a task.
    private func run(_ arguments: [String], environment: [String: String] = [:]) async -> Run {
        await withCheckedContinuation { continuation in
            Thread.spawn(name: "kvd-test") {
                continuation.resume(returning: Self.runBlocking(arguments, environment))
            }
        }
    }

    private static func runBlocking(
        _ arguments: [String], _ environment: [String: String]
    ) -> Run {
        var run = Run()
        guard
            let child = try? Process.spawn(
                executable, arguments: arguments, environment: environment,
                standardOutput: .pipe, standardError: .pipe),
            let output = child.standardOutput, let error = child.standardError
        else { return run }
        run.output = readAll(output)
        run.error = readAll(error)
        run.status = try? child.wait(timeoutMilliseconds: 10_000)
        return run
    }

    private static func readAll(_ fd: FileDescriptor) -> String {
        var bytes: [UInt8] = []
        while (try? fd.wait(for: .read, timeoutMilliseconds: 10_000)) ?? [] != [] {
            guard case .bytes? = try? fd.read(appendingTo: &bytes) else { break }
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    @Test func `help and version go to standard output`() async {
        let help = await run(["--help"])
        #expect(help.status == .exited(0))
        #expect(help.output.contains("--initial-cluster"))
        let version = await run(["--version"])
        #expect(version.status == .exited(0))
        #expect(version.output.hasPrefix("kvd "))
        #expect(version.error == "")
    }

    @Test func `a bad configuration is exit code 2 and one line`() async {
        for arguments in [["--bogus"], ["--id", "x"], ["local-cluster", "--nodes", "0"]] {
            let run = await run(arguments)
            #expect(run.status == .exited(2))
            #expect(run.output == "")
            #expect(run.error.hasPrefix("kvd: "))
            #expect(run.error.split(separator: "\n").count == 1)
        }
        let run = await run([], environment: ["KVD_BOGUS": "1"])
        #expect(run.status == .exited(2))
        #expect(run.error.contains("KVD_BOGUS"))
    }

    @Test func `a port that is taken is exit code 1 and names it`() async throws {
        let listener = try TCP.listen(on: .loopback(port: 0))
        defer { listener.close() }
        let address = try TCP.localAddress(of: listener).description
        let run = await run([
            "--id", "1", "--data-dir", "/nonexistent/kvd", "--initial-cluster", "1=127.0.0.1:1",
            "--client-address", address,
        ])
        #expect(run.status == .exited(1))
        #expect(run.error.contains(address))
    }
}
