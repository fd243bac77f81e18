// SPDX-License-Identifier: Apache-2.0

/// Why a member could not start or had to stop: for a person to read.
public struct RaftError: Error, Hashable, Sendable, CustomStringConvertible {
    /// What kind of trouble it is, as far as a program can act on it.
    public enum Code: Hashable, Sendable {
        /// The configuration contradicts itself or what is stored.
        case invalidConfiguration
        /// Another process uses the directory.
        case directoryLocked
        /// The directory, or a file in it, may not be used: no permission, read-only, not a directory.
        case directoryUnusable
        /// The directory holds another member's or another cluster's data, or a peer is of another cluster.
        case foreignCluster
        /// What is stored is damaged where it was known to be durable.
        case logDamaged
        /// A disk or file operation failed.
        case inputOutput
        /// The transport could not be started.
        case transport
        /// A committed entry cannot be understood by this version; going on would diverge.
        case undecodableEntry
        /// The machine version in force is none that this program can run; going on would diverge.
        case unsupportedMachineVersion
    }

    /// What kind of trouble it is.
    public let code: Code
    /// What happened, to what, and what to do.
    public let message: String

    /// Creates an error.
    public init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    /// The message.
    public var description: String { message }
}

/// Why a proposal did not give an output.
public enum ProposalError: Error, Hashable, Sendable {
    /// The command is certainly not in the log and never will be.
    case rejected(Rejection)
    /// The command may or may not take effect, now or later.
    case outcomeUnknown
    /// The command's session has ended, and the command may or may not have taken effect before; it never
    /// will from now on. Asking again tells no more.
    case sessionEnded
    /// The command took effect, in the entry at this index; its output was too long to be kept for a repeat.
    case executed(at: LogIndex)
    /// The client acknowledged the command earlier and so gave up asking for it; this attempt has no effect.
    case acknowledged

    /// Why a command was certainly not executed.
    public enum Rejection: Hashable, Sendable {
        /// No leader was known within the time allowed.
        case noLeader
        /// Too many commands are waiting; try again later.
        case overloaded
        /// The command is larger than an entry may be.
        case tooLarge
        /// The member has stopped or is stopping.
        case stopped
        /// The session has ended, or there never was one of this number; no attempt at this command has
        /// taken effect, and none ever will.
        case sessionEnded
        /// The stamp's sequence is not among the 1024 after what it acknowledges; this attempt has no effect.
        case outOfWindow
        /// The token was used for another command within its window; this command has no effect.
        case tokenMismatch
        /// There is no room to remember another token for long enough; try again later.
        case tooManyTokens
        /// The caller's own time limit was over before a leader could be given the command; it was taken back.
        case deadlineExceeded
        /// The caller cancelled before a leader was given the command; it was taken back.
        case cancelled
    }
}

/// Why a read was not answered.
public enum ReadError: Error, Hashable, Sendable {
    /// No leader confirmed the read within the time allowed.
    case unavailable
    /// The caller's own time limit was over.
    case deadlineExceeded
    /// The caller cancelled.
    case cancelled
    /// Too many reads are waiting; try again later.
    case overloaded
    /// The member has stopped or is stopping.
    case stopped
}
