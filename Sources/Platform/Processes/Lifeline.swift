// SPDX-License-Identifier: Apache-2.0
internal import CLinux
internal import Glibc

/// Ties the lives of child processes to ours, however we end.
///
/// A pipe: the parent holds the write end and never writes; every child inherits the read end, which
/// reports the end of the file as soon as the kernel has closed the parent's side. One lifeline serves
/// any number of children. Unlike `PR_SET_PDEATHSIG` it does not care which thread started the child.
public struct Lifeline: Sendable {
    /// Kept open by the parent for as long as the children may live.
    public let parentEnd: FileDescriptor

    /// Passed to children (`Process.spawn(inheriting:)`), who learn its number from an argument.
    public let childEnd: FileDescriptor

    /// Creates a lifeline in the parent.
    public init() throws(SystemError) {
        let pipe = try Descriptors.pipe(nonblocking: false)
        parentEnd = pipe.writeEnd
        childEnd = pipe.readEnd
    }

    /// Closes both ends, which lets go of the children: they take it for the parent's end.
    public func close() {
        parentEnd.close()
        childEnd.close()
    }

    /// In the child: calls the closure once, on a thread of its own, when the parent is gone.
    ///
    /// Takes over the descriptor and keeps it from the child's own children. Throws if the number is
    /// not that of an open descriptor.
    public static func watch(
        _ childEnd: FileDescriptor, onParentGone: @escaping @Sendable () -> Void
    ) throws(SystemError) {
        try childEnd.setCloseOnExec(true)
        try childEnd.setNonblocking(false)
        Thread.spawn(name: "lifeline") {
            var byte: UInt8 = 0
            // Whatever arrives is meaningless; the end of the file or a broken descriptor counts.
            while true {
                let count = Glibc.read(childEnd.rawValue, &byte, 1)
                if count == 0 || (count < 0 && errno != EINTR) { break }
            }
            childEnd.close()
            onParentGone()
        }
    }
}
