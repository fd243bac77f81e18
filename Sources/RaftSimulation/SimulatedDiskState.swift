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
    /// Looked up by kind only.
    var counts: [SimulatedDisk.Operation: Int] = [:]
    var stopsAfter: Int?
    var faults: [SimulatedDiskFault] = []
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

    func opened(_ file: FileHandle, _ operation: String) throws(FileError) -> OpenFile {
        guard let open = handles[file] else {
            throw FileError(operation, "handle \(file.rawValue)", .other(9))
        }
        return open
    }

    /// Changes a name in its directory.
    mutating func change(
        _ path: String, _ change: SimulatedDirectory.Change.Kind, _ operation: String
    ) throws(FileError) {
        let (directory, name) = Self.split(path)
        guard directories[directory] != nil else {
            throw FileError(operation, path, .notFound)
        }
        directories[directory]?.change(SimulatedDirectory.Change(name: name, kind: change))
    }

    /// Counts an operation and lets it fail if it is its turn.
    mutating func begin(_ operation: SimulatedDisk.Operation, _ path: String) throws(FileError) {
        do throws(SimulatedFault) {
            try count(operation)
        } catch {
            throw FileError("\(operation)", path, error.reason)
        }
    }

    mutating func count(_ operation: SimulatedDisk.Operation) throws(SimulatedFault) {
        if let stopsAfter, operationCount >= stopsAfter {
            throw SimulatedFault(reason: SimulatedDisk.stopped, partial: 0, isInjected: false)
        }
        counts[operation, default: 0] += 1
        if operation.changesSomething { operationCount += 1 }
        for slot in faults.indices where faults[slot].operation == operation {
            faults[slot].number -= 1
            guard faults[slot].number == 0 else { continue }
            let fault = faults.remove(at: slot)
            throw SimulatedFault(
                reason: fault.reason, partial: fault.partial, isInjected: true)
        }
    }

    /// A path as its directory and the name in it.
    static func split(_ path: String) -> (directory: String, name: String) {
        guard let slash = path.utf8.lastIndex(of: UInt8(ascii: "/")) else { return ("", path) }
        return (String(path[..<slash]), String(path[path.utf8.index(after: slash)...]))
    }
}

/// The bytes of one file.
struct SimulatedFile {
    enum Change {
        case write(offset: Int, [UInt8])
        case truncate(Int)
    }

    /// What is on the medium.
    var durable: [UInt8] = []
    /// What the process sees.
    var visible: [UInt8] = []
    /// What leads from the one to the other, in order.
    var pending: [Change] = []

    mutating func change(_ change: Change) {
        Self.apply(change, to: &visible)
        pending.append(change)
    }

    mutating func sync() {
        // Not the visible bytes: after a failed sync they differ from what can still be written.
        for change in pending { Self.apply(change, to: &durable) }
        pending.removeAll()
    }

    static func apply(_ change: Change, to bytes: inout [UInt8]) {
        switch change {
        case .truncate(let size):
            if size < bytes.count { bytes.removeLast(bytes.count - size) }
            extend(&bytes, to: size)
        case .write(let offset, let new):
            extend(&bytes, to: offset)
            let overlap = min(bytes.count, offset + new.count)
            bytes.replaceSubrange(offset..<overlap, with: new)
        }
    }

    static func extend(_ bytes: inout [UInt8], to size: Int) {
        guard bytes.count < size else { return }
        bytes.append(contentsOf: [UInt8](repeating: 0, count: size - bytes.count))
    }
}

/// The names of one directory.
struct SimulatedDirectory {
    enum Target: Hashable {
        case file(Int)
        case directory
    }

    struct Change {
        enum Kind {
            case link(Target)
            case unlink
            case rename(String)
        }

        let name: String
        let kind: Kind
    }

    /// Looked up by name; whoever goes over them sorts them first.
    var durable: [String: Target] = [:]
    var visible: [String: Target] = [:]
    var pending: [Change] = []

    mutating func change(_ change: Change) {
        Self.apply(change, to: &visible)
        pending.append(change)
    }

    mutating func sync() {
        durable = visible
        pending.removeAll()
    }

    static func apply(_ change: Change, to names: inout [String: Target]) {
        switch change.kind {
        case .link(let target): names[change.name] = target
        case .unlink: names[change.name] = nil
        case .rename(let newName):
            guard let target = names.removeValue(forKey: change.name) else { return }
            names[newName] = target
        }
    }
}
