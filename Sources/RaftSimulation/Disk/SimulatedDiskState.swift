// SPDX-License-Identifier: Apache-2.0

internal import Raft

/// Everything a simulated disk is: a value, so that a clone is a copy.
struct SimulatedDiskState {
    struct OpenFile {
        let number: Int
        let path: String
        let isWritable: Bool
    }

    /// By the number that names refer to; never removed, so that numbers stay what they are.
    var files: [SimulatedFile] = []
    /// By path; `""` is the member's directory.
    var directories: [String: SimulatedDirectory] = ["": SimulatedDirectory()]
    var handles: [FileHandle: OpenFile] = [:]
    var locks: [String] = []
    var operationCount = 0
    /// By kind.
    var counts = Array(repeating: 0, count: SimulatedDisk.Operation.allCases.count)
    var stopsAfter: Int?
    var failures: [SimulatedDiskFailure] = []
    var fullness: FullDisk?
    /// Whether the page cache may show other bytes than what is on the medium or on its way there.
    var hidesSomething = false
    /// What came of failures since the process began.
    var incidents = DiskIncidents()
    private var lastHandle: Int32 = 0

    /// What a path names.
    func entry(_ path: String) -> SimulatedDirectory.Target? {
        let (directory, name) = Self.split(path)
        return directories[directory]?.visible[name]
    }

    mutating func newHandle(_ number: Int, _ path: String, isWritable: Bool) -> FileHandle {
        // Numbers are not used twice: a handle of an earlier life is known to be one.
        lastHandle += 1
        let handle = FileHandle(rawValue: lastHandle)
        handles[handle] = OpenFile(number: number, path: path, isWritable: isWritable)
        return handle
    }

    // Mutating only so that the caller's access does not copy the whole state.
    mutating func opened(
        _ file: FileHandle, _ operation: String
    ) throws(FileError) -> OpenFile {
        guard let open = handles[file] else {
            throw FileError(operation, "handle \(file.rawValue)", .other(9))
        }
        return open
    }

    /// Changes what names in one directory stand for.
    mutating func change(
        _ directory: String, _ names: [(name: String, target: SimulatedDirectory.Target?)],
        _ operation: String
    ) throws(FileError) {
        guard directories[directory] != nil else {
            throw FileError(operation, "\(directory)/\(names[0].name)", .notFound)
        }
        directories[directory]?.change(names)
    }

    /// Counts an operation and lets it fail if it is its turn.
    mutating func begin(_ operation: SimulatedDisk.Operation, _ path: String) throws(FileError) {
        do throws(SimulatedFailure) {
            try count(operation)
        } catch {
            throw FileError("\(operation)", path, error.reason)
        }
    }

    mutating func count(_ operation: SimulatedDisk.Operation) throws(SimulatedFailure) {
        if let stopsAfter, operationCount >= stopsAfter {
            throw SimulatedFailure(reason: SimulatedDisk.stopped, partial: 0, isInjected: false)
        }
        counts[operation.rawValue] += 1
        if operation.changesSomething { operationCount += 1 }
        guard !failures.isEmpty else { return }
        for slot in failures.indices where failures[slot].operation == operation {
            failures[slot].number -= 1
            guard failures[slot].number == 0 else { continue }
            let failure = failures.remove(at: slot)
            incidents.failedOperations += 1
            throw SimulatedFailure(
                reason: failure.reason, partial: failure.partial, isInjected: true)
        }
    }

    /// Gives up the bytes of files that no name leads to, on the medium or in the cache, and no handle.
    mutating func forgetUnnamed() {
        var isNamed = Array(repeating: false, count: files.count)
        func note(_ target: SimulatedDirectory.Target?) {
            if case .file(let number)? = target { isNamed[number] = true }
        }
        for directory in directories.values {  // unordered: a set of numbers is gathered
            for target in directory.durable.values { note(target) }  // unordered: as above
            for target in directory.visible.values { note(target) }  // unordered: as above
            for change in directory.pending {
                for (_, target) in change.names { note(target) }
            }
        }
        for handle in handles.values { isNamed[handle.number] = true }  // unordered: as above
        for number in files.indices where !isNamed[number] { files[number] = SimulatedFile() }
    }

    /// A path as its directory and the name in it.
    static func split(_ path: String) -> (directory: String, name: String) {
        guard let slash = path.utf8.lastIndex(of: UInt8(ascii: "/")) else { return ("", path) }
        return (String(path[..<slash]), String(path[path.utf8.index(after: slash)...]))
    }
}
