// SPDX-License-Identifier: Apache-2.0

import Platform
import Testing

/// Runs a blocking body on a thread of its own: tests must not block the cooperative pool.
func onThread<Value: Sendable>(
    _ body: @escaping @Sendable () throws -> Value
) async throws -> Value {
    try await withCheckedThrowingContinuation { continuation in
        Thread.spawn(name: "test") { continuation.resume(with: Result { try body() }) }
    }
}

/// Repeats a check until it holds, for up to 10 s; only inside `onThread`.
///
/// What a descriptor's closing brings about may be late: a child process that another test is just
/// starting has copies of all descriptors until its program runs.
func eventually(_ condition: () throws -> Bool) rethrows -> Bool {
    let end = SystemClock.monotonicNanoseconds() + 10_000_000_000
    while SystemClock.monotonicNanoseconds() < end {
        if try condition() { return true }
    }
    return false
}

/// Makes a directory, hands it over and removes it with all that is in it.
func withTemporaryDirectory<Value>(_ body: (String) throws -> Value) throws -> Value {
    let path = "/tmp/platform-tests-\(Process.processID)-\(SystemRandom.uint64())"
    try Files.makeDirectory(path)
    defer { removeTree(path) }
    return try body(path)
}

private func removeTree(_ path: String) {
    for name in (try? Files.list(path)) ?? [] {
        let inner = "\(path)/\(name)"
        if Files.isDirectory(inner) { removeTree(inner) } else { try? Files.unlink(inner) }
    }
    try? Files.removeDirectory(path)
}

/// A loop member made of a closure.
final class Member: LoopMember {
    private let body: (UInt64) -> Turn

    init(_ body: @escaping (UInt64) -> Turn) { self.body = body }

    func turn(now: UInt64) -> Turn { body(now) }
}

/// An I/O handler made of a closure that can be set later.
final class Handler: IOHandler {
    var onReady: (ReadyEvents) -> Void = { _ in }

    func ready(_ events: ReadyEvents) { onReady(events) }
}

/// A pseudo-random sequence that is the same in every run (SplitMix64).
struct SeededGenerator: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
        return mixed ^ (mixed >> 31)
    }
}

/// A buffer that `#expect` can look at: the macro copies what it is given.
final class Bytes {
    var buffer: IOBuffer

    init(limit: Int = 64 << 20) { buffer = IOBuffer(limit: limit) }

    var all: [UInt8] { buffer.withUnsafeReadableBytes { Array($0) } }
    var count: Int { buffer.count }
    var isEmpty: Bool { buffer.isEmpty }
    var availableCount: Int { buffer.availableCount }
    var storageCapacity: Int { buffer.storageCapacity }

    func append(_ bytes: [UInt8]) -> Bool { buffer.append(bytes) }
    func reserve(_ count: Int) -> Bool { buffer.reserve(count) }
    func consume(_ count: Int) { buffer.consume(count) }

    func readOnce(from fd: FileDescriptor) throws(SystemError) -> ReadResult {
        try buffer.readOnce(from: fd)
    }

    func writeOnce(to fd: FileDescriptor) throws(SystemError) -> WriteResult {
        try buffer.writeOnce(to: fd)
    }
}
