// SPDX-License-Identifier: Apache-2.0

/// A client's half of a session: numbers its commands and knows what it can acknowledge.
///
/// ```swift
/// var session = ClientSession(try await node.openSession())
/// if let stamp = session.begin() {
///     // As often as it takes, on whatever member:
///     let applied = try await node.propose(command, as: session.stamp(of: stamp.sequence))
///     session.finish(stamp.sequence)
/// }
/// ```
public struct ClientSession: Sendable {
    /// The session.
    public let id: SessionID
    /// How many commands may be under way, counted from the oldest unfinished one.
    public let window: UInt64
    /// The last command begun.
    public private(set) var last: UInt64 = 0
    /// All commands through this one are finished.
    public private(set) var finishedThrough: UInt64 = 0
    /// Of those after it, in order, which are finished too.
    private var finished = Queue<Bool>()

    /// Begins with the first command.
    /// - Parameter window: How many commands may be under way, at most 1024.
    public init(_ id: SessionID, window: UInt64 = 512) {
        precondition(1...1024 ~= window, "a window of \(window) commands")
        self.id = id
        self.window = window
    }

    /// Numbers another command; nil if too many are under way.
    public mutating func begin() -> SessionStamp? {
        guard last - finishedThrough < window else { return nil }
        last += 1
        finished.append(false)
        return stamp(of: last)
    }

    /// The stamp for another attempt at a command that is not finished.
    public func stamp(of sequence: UInt64) -> SessionStamp {
        precondition(
            sequence > finishedThrough && sequence <= last,
            "command \(sequence), finished through \(finishedThrough), begun through \(last)")
        return SessionStamp(
            session: id, sequence: sequence, acknowledgedThrough: finishedThrough)
    }

    /// The command's outcome is known, or does not matter any more: it will not be asked for again.
    ///
    /// Once a later command acknowledges it, one that has not been carried out by then never will be.
    public mutating func finish(_ sequence: UInt64) {
        guard sequence > finishedThrough, sequence <= last else { return }
        finished[Int(sequence - finishedThrough - 1)] = true
        while finished.first == true {
            finished.removeFirst(1)
            finishedThrough += 1
        }
    }
}
