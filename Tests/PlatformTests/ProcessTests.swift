// SPDX-License-Identifier: Apache-2.0

import Platform
import Testing

@Suite struct `Child processes` {
    private func output(of child: ChildProcess) throws -> String {
        guard let fd = child.standardOutput else { return "" }
        var bytes: [UInt8] = []
        while true {
            switch try fd.read(appendingTo: &bytes) {
            case .endOfFile: return String(decoding: bytes, as: UTF8.self)
            case .bytes, .bufferFull: continue
            case .wouldBlock:
                guard try !fd.wait(for: .read, timeoutMilliseconds: 10_000).isEmpty else {
                    Issue.record("no output in 10 s")
                    return String(decoding: bytes, as: UTF8.self)
                }
            }
        }
    }

    private func shell(_ script: String, _ lifeline: Lifeline? = nil) throws -> ChildProcess {
        try Process.spawn(
            "/bin/sh", arguments: ["-c", script], environment: ["GREETING": "hello world"],
            inheriting: lifeline.map { [$0.childEnd] } ?? [], standardOutput: .pipe,
            standardError: .discard)
    }

    @Test func `arguments, environment, output and exit code pass through`() async throws {
        try await onThread {
            let child = try shell("echo \"$GREETING\"; cat; exit 7")
            #expect(try output(of: child) == "hello world\n", "standard input is empty")
            #expect(try child.wait(timeoutMilliseconds: 10_000) == .exited(7))
            #expect(try child.exitStatus() == .exited(7), "the status stays known")
            try child.send(.kill)
        }
    }

    @Test func `a running process has no status; a signal ends it`() async throws {
        try await onThread {
            let child = try shell("exec sleep 60")
            #expect(try child.exitStatus() == nil)
            try child.send(.terminate)
            #expect(try child.wait(timeoutMilliseconds: 10_000) == .killed(.terminate))
        }
    }

    @Test func `the end of a process wakes an event loop`() async throws {
        try await onThread {
            let child = try shell("exit 3")
            let loop = try EventLoop(name: "loop")
            let handler = Handler()
            var status: ChildProcess.ExitStatus?
            handler.onReady = { _ in
                status = try? child.exitStatus()
                loop.stop()
            }
            let registration = try loop.register(
                child.exitDescriptor, interest: .read, handler: handler)
            loop.run()
            loop.unregister(registration)
            #expect(status == .exited(3))
        }
    }

    @Test func `a program that is not there is an error that names it`() throws {
        do throws(SystemError) {
            _ = try Process.spawn("/no/such/program", standardOutput: .pipe)
            Issue.record("expected ENOENT")
        } catch {
            #expect(error.isNotFound)
            #expect(error.subject == "/no/such/program")
        }
    }

    @Test func `a child learns from its lifeline that the parent is gone`() async throws {
        try await onThread {
            let lifeline = try Lifeline()
            let child = try shell(
                "cat /proc/self/fd/\(lifeline.childEnd.rawValue); echo alone", lifeline)
            #expect(try child.exitStatus() == nil)
            // What the kernel does when the parent dies, however it dies.
            lifeline.parentEnd.close()
            #expect(try output(of: child) == "alone\n")
            #expect(try child.wait(timeoutMilliseconds: 10_000)?.isSuccess == true)
            lifeline.childEnd.close()
        }
    }

    @Test func `watching a lifeline calls back when it breaks, not before`() async throws {
        try await onThread {
            let lifeline = try Lifeline()
            let gone = Gate()
            try Lifeline.watch(lifeline.childEnd, onParentGone: gone.open)
            _ = try lifeline.parentEnd.write([1])
            #expect(!gone.isOpen)
            lifeline.parentEnd.close()
            gone.wait()
        }
    }

    @Test func `a child keeps no descriptor but those named`() async throws {
        try await onThread {
            let lifeline = try Lifeline()
            defer { lifeline.close() }
            let child = try shell("echo /proc/self/fd/*", lifeline)
            let text = try output(of: child)
            #expect(text.contains("/fd/\(lifeline.childEnd.rawValue)"))
            let listed = text.split(separator: " ").count
            // 0, 1, 2, the lifeline, and the one that reads the directory.
            #expect(listed <= 5, "\(text)")
            _ = try child.wait(timeoutMilliseconds: 10_000)
        }
    }

    @Test func `a program starts with clean signals, whatever this process does`() async throws {
        try await onThread {
            try Signals.block([.user1, .terminate])
            let child = try shell("grep -E '^Sig(Blk|Ign)' /proc/self/status")
            let sets = try output(of: child).split(separator: "\n").map {
                // The C library keeps signals 32 and 33 to itself.
                $0.split(whereSeparator: \.isWhitespace).last.map {
                    (UInt64($0, radix: 16) ?? .max) & 0x7fff_ffff
                }
            }
            #expect(sets == [0, 0])
            _ = try child.wait(timeoutMilliseconds: 10_000)
        }
    }

    @Test func `the executable's own path is known`() throws {
        #expect(Files.exists(try Process.executablePath))
        #expect(Process.environment["PATH"] != nil)
    }
}

@Suite struct `Signals and clocks` {
    @Test func `a signal arrives at the descriptor instead of ending the process`() async throws {
        try await onThread {
            // In a child, so that the signal cannot hit a thread of the test runner: here only the
            // descriptor's empty state and type are checked.
            let fd = try Signals.signalFD(for: [.user1])
            defer { fd.close() }
            #expect(try Signals.read(fd) == nil)
        }
    }

    @Test func `the descriptor limit is at least what it was`() {
        let limit = Descriptors.raiseLimit()
        #expect(limit >= 256)
        #expect(Descriptors.raiseLimit() == limit)
    }

    @Test func `clocks go forward and random bytes differ`() {
        let before = SystemClock.monotonicNanoseconds()
        #expect(SystemClock.monotonicNanoseconds() >= before)
        #expect(SystemClock.wallMilliseconds() > 1_700_000_000_000)
        #expect(SystemRandom.uint64() != SystemRandom.uint64())
        #expect(SystemRandom.bytes(count: 32) != SystemRandom.bytes(count: 32))
    }
}
