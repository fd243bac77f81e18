// SPDX-License-Identifier: Apache-2.0
internal import Glibc

extension Files {
    /// Gives a file another name; what had that name before is replaced, atomically.
    ///
    /// Durable only after `syncDirectory` of the directories.
    public static func rename(_ path: String, to newPath: String) throws(SystemError) {
        try systemCall("rename", "\(path) to \(newPath)") { Glibc.rename(path, newPath) }
    }

    /// Removes a file's name.
    public static func unlink(_ path: String) throws(SystemError) {
        try systemCall("unlink", path) { Glibc.unlink(path) }
    }

    /// Removes an empty directory.
    public static func removeDirectory(_ path: String) throws(SystemError) {
        try systemCall("rmdir", path) { rmdir(path) }
    }

    /// Creates a directory (mode 0750); one that is there already is fine.
    /// - Parameters:
    ///   - path: of the new directory.
    ///   - intermediates: true to create missing ones above it too, as `mkdir -p`.
    public static func makeDirectory(
        _ path: String, intermediates: Bool = false
    ) throws(SystemError) {
        guard mkdir(path, 0o750) != 0 else { return }
        let code = errno
        if code == EEXIST {
            if isDirectory(path) { return }
            throw SystemError(call: "mkdir", errno: ENOTDIR, subject: path)
        }
        guard code == ENOENT, intermediates, let parent = parent(of: path), parent != path else {
            throw SystemError(call: "mkdir", errno: code, subject: path)
        }
        try makeDirectory(parent, intermediates: true)
        try makeDirectory(path, intermediates: false)
    }

    /// The names in a directory, sorted by their bytes, without `.` and `..`.
    public static func list(_ directory: String) throws(SystemError) -> [String] {
        guard let stream = opendir(directory) else {
            throw SystemError(call: "opendir", errno: errno, subject: directory)
        }
        defer { closedir(stream) }
        var names: [String] = []
        while true {
            errno = 0
            guard let entry = readdir(stream) else {
                guard errno == 0 else {
                    throw SystemError(call: "readdir", errno: errno, subject: directory)
                }
                break
            }
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if name != "." && name != ".." { names.append(name) }
        }
        return names.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    }

    /// Makes the names in a directory durable: those created, renamed and removed.
    public static func syncDirectory(_ path: String) throws(SystemError) {
        let fd = try open(path, .directory)
        defer { fd.close() }
        try fsync(fd)
    }

    /// Whether something of that name is there; false also where it may not be looked at.
    public static func exists(_ path: String) -> Bool {
        access(path, F_OK) == 0
    }

    /// Whether the path leads to a directory.
    public static func isDirectory(_ path: String) -> Bool {
        var information = stat()
        return stat(path, &information) == 0 && information.st_mode & S_IFMT == S_IFDIR
    }

    /// How many bytes this process may still write to the file system that holds the path.
    public static func freeSpace(_ path: String) throws(SystemError) -> Int {
        var information = statvfs()
        try systemCall("statvfs", path) { statvfs(path, &information) }
        let (bytes, overflow) = UInt64(information.f_bavail)
            .multipliedReportingOverflow(by: UInt64(information.f_frsize))
        return overflow ? Int.max : Int(clamping: bytes)
    }

    /// The whole file, of at most `limit` bytes; a longer one throws `EFBIG`.
    public static func readAll(_ path: String, limit: Int) throws(SystemError) -> [UInt8] {
        let fd = try open(path)
        defer { fd.close() }
        var bytes: [UInt8] = []
        while true {
            // Files of /proc have no size; so read until nothing comes.
            let part = try pread(fd, count: 65536, at: bytes.count)
            bytes += part
            guard bytes.count <= limit else {
                throw SystemError(call: "read", errno: EFBIG, subject: path)
            }
            if part.isEmpty { return bytes }
        }
    }

    /// Where a symbolic link leads.
    public static func readLink(_ path: String) throws(SystemError) -> String {
        var buffer = [CChar](repeating: 0, count: 4096)
        let count = try systemCall("readlink", path) { readlink(path, &buffer, buffer.count) }
        return String(decoding: buffer.prefix(count).map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    private static func parent(of path: String) -> String? {
        let trimmed = path.reversed().drop { $0 == "/" }
        guard let slash = trimmed.firstIndex(of: "/") else { return nil }
        let above = String(trimmed[slash...].reversed())
        return above.allSatisfy { $0 == "/" } ? "/" : String(above.dropLast())
    }
}
