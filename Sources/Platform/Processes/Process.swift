// SPDX-License-Identifier: Apache-2.0
internal import CLinux
internal import Glibc

/// This process and those it starts.
public enum Process {
    /// Where a child's standard output or error goes.
    public enum Output: Hashable, Sendable {
        /// Where ours goes.
        case inherit
        /// To a pipe, whose other end is in `ChildProcess`.
        case pipe
        /// To `/dev/null`.
        case discard
        /// To a descriptor of ours, such as a log file.
        case descriptor(FileDescriptor)
    }

    /// Starts a program.
    ///
    /// The child gets a clean signal mask and default signal actions, `/dev/null` as standard input,
    /// and no descriptors but the standard ones and those named.
    /// - Parameters:
    ///   - executable: path of the program; not searched for.
    ///   - arguments: without the program's name.
    ///   - environment: `NAME=value` pairs; nil for ours.
    ///   - descriptors: kept open in the child under the same numbers.
    ///   - standardOutput: where descriptor 1 goes.
    ///   - standardError: where descriptor 2 goes.
    ///   - newGroup: true to put it in a process group of its own, where Ctrl-C does not reach it.
    public static func spawn(
        _ executable: String, arguments: [String] = [], environment: [String: String]? = nil,
        inheriting descriptors: [FileDescriptor] = [], standardOutput: Output = .inherit,
        standardError: Output = .inherit, newGroup: Bool = false
    ) throws(SystemError) -> ChildProcess {
        var actions = SpawnActions()
        defer { actions.destroy() }
        try actions.setAttributes(newGroup: newGroup)
        try actions.openNull(on: .standardInput, flags: O_RDONLY)
        try actions.connect(standardOutput, to: .standardOutput)
        try actions.connect(standardError, to: .standardError)
        for fd in descriptors { try actions.keep(fd) }
        try actions.closeOthers(than: descriptors)

        let names = [executable] + arguments
        let variables = (environment ?? Process.environment).map { "\($0.key)=\($0.value)" }
            .sorted()
        let pid = try actions.spawn(executable, names, variables)
        do throws(SystemError) {
            let exit = try systemCall("pidfd_open", executable) { clinux_pidfd_open(pid) }
            let outputs = actions.takeReadEnds()
            return ChildProcess(
                processID: pid, exitDescriptor: FileDescriptor(rawValue: exit),
                standardOutput: outputs.output, standardError: outputs.error)
        } catch {
            // Nobody could wait for it: half done would be worse than not at all.
            Glibc.kill(pid, SIGKILL)
            var status: Int32 = 0
            while waitpid(pid, &status, 0) == -1 && errno == EINTR {}
            throw error
        }
    }

    /// The path of the running executable.
    public static var executablePath: String {
        get throws(SystemError) { try Files.readLink("/proc/self/exe") }
    }

    /// The id of this process.
    public static var processID: Int32 { getpid() }

    /// How many processors are there to run threads on, 1 or more.
    public static var processorCount: Int { max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN))) }

    /// The environment variables of this process, as they were set at its start.
    public static var environment: [String: String] {
        var result: [String: String] = [:]
        var next = environ
        while let entry = next.pointee {
            let pair = String(cString: entry)
            if let split = pair.firstIndex(of: "=") {
                result[String(pair[..<split])] = String(pair[pair.index(after: split)...])
            }
            next += 1
        }
        return result
    }

    /// Sends a signal to a process of any origin.
    public static func kill(_ processID: Int32, _ signal: Signal) throws(SystemError) {
        precondition(processID > 0, "process id \(processID) would mean a group of processes")
        try systemCall("kill", "process \(processID)") { Glibc.kill(processID, signal.rawValue) }
    }

    /// Ends this process at once with the code, without running anything else.
    public static func exit(_ code: Int32) -> Never { _exit(code) }
}
