// SPDX-License-Identifier: Apache-2.0
internal import CLinux
internal import Glibc

/// What `posix_spawn` does in the child before the program runs.
struct SpawnActions: ~Copyable {
    private var actions = posix_spawn_file_actions_t()
    private var attributes = posix_spawnattr_t()
    private var outputEnd: FileDescriptor?
    private var errorEnd: FileDescriptor?
    private var childEnds: [FileDescriptor] = []

    init() {
        posix_spawn_file_actions_init(&actions)
        posix_spawnattr_init(&attributes)
    }

    /// Closes whatever was not taken over.
    mutating func destroy() {
        posix_spawn_file_actions_destroy(&actions)
        posix_spawnattr_destroy(&attributes)
        for fd in childEnds { fd.close() }
        outputEnd?.close()
        errorEnd?.close()
    }

    mutating func setAttributes(newGroup: Bool) throws(SystemError) {
        // We block the signals we read and ignore SIGPIPE; both would pass on to the program.
        var none = SignalSet([]).set
        var all = SignalSet([]).set
        sigfillset(&all)
        try throwIfFailed(
            posix_spawnattr_setsigmask(&attributes, &none), "posix_spawnattr_setsigmask")
        try throwIfFailed(
            posix_spawnattr_setsigdefault(&attributes, &all), "posix_spawnattr_setsigdefault")
        var flags = POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF
        if newGroup { flags |= POSIX_SPAWN_SETPGROUP }
        try throwIfFailed(
            posix_spawnattr_setflags(&attributes, Int16(flags)), "posix_spawnattr_setflags")
    }

    mutating func openNull(on fd: FileDescriptor, flags: Int32) throws(SystemError) {
        try throwIfFailed(
            posix_spawn_file_actions_addopen(&actions, fd.rawValue, "/dev/null", flags, 0),
            "posix_spawn_file_actions_addopen")
    }

    mutating func connect(_ output: Process.Output, to fd: FileDescriptor) throws(SystemError) {
        switch output {
        case .inherit: break
        case .discard: try openNull(on: fd, flags: O_WRONLY)
        case .descriptor(let source): try duplicate(source, to: fd)
        case .pipe:
            let pipe = try Descriptors.pipe(nonblocking: false)
            childEnds.append(pipe.writeEnd)
            if fd == .standardOutput { outputEnd = pipe.readEnd } else { errorEnd = pipe.readEnd }
            try pipe.readEnd.setNonblocking(true)
            try duplicate(pipe.writeEnd, to: fd)
        }
    }

    /// Duplicating a descriptor onto itself is how posix_spawn is told to keep it.
    mutating func keep(_ fd: FileDescriptor) throws(SystemError) { try duplicate(fd, to: fd) }

    /// Closes in the child what others left open to it: ours are closed on exec all by themselves.
    mutating func closeOthers(than kept: [FileDescriptor]) throws(SystemError) {
        for name in try Files.list("/proc/self/fd") {
            guard let number = Int32(name), number > 2 else { continue }
            let flags = clinux_get_descriptor_flags(number)
            let isKept = kept.contains(FileDescriptor(rawValue: number))
            guard flags >= 0, flags & FD_CLOEXEC == 0, !isKept else { continue }
            try throwIfFailed(
                posix_spawn_file_actions_addclose(&actions, number),
                "posix_spawn_file_actions_addclose")
        }
    }

    mutating func takeReadEnds() -> (output: FileDescriptor?, error: FileDescriptor?) {
        defer {
            outputEnd = nil
            errorEnd = nil
        }
        return (outputEnd, errorEnd)
    }

    mutating func spawn(
        _ executable: String, _ arguments: [String], _ environment: [String]
    ) throws(SystemError) -> Int32 {
        var pid: pid_t = 0
        let code = withCStrings(arguments) { arguments in
            withCStrings(environment) { environment in
                posix_spawn(&pid, executable, &actions, &attributes, arguments, environment)
            }
        }
        try throwIfFailed(code, "posix_spawn", executable)
        return pid
    }

    private mutating func duplicate(
        _ source: FileDescriptor, to target: FileDescriptor
    ) throws(SystemError) {
        try throwIfFailed(
            posix_spawn_file_actions_adddup2(&actions, source.rawValue, target.rawValue),
            "posix_spawn_file_actions_adddup2")
    }
}

/// Lends the strings as a null-terminated list of C strings.
private func withCStrings<Result>(
    _ strings: [String], _ body: (UnsafePointer<UnsafeMutablePointer<CChar>?>) -> Result
) -> Result {
    let copies = strings.map { strdup($0) } + [nil]
    defer { for copy in copies { free(copy) } }
    return copies.withUnsafeBufferPointer { buffer in
        // Never empty: it holds at least the terminating nil.
        guard let start = buffer.baseAddress else { preconditionFailure("empty list of strings") }
        return body(start)
    }
}
