// SPDX-License-Identifier: Apache-2.0

/// A command on its way, as ``ClientCore`` sees it.
struct ClientCall: Sendable {
    /// Who waits for the reply.
    enum Purpose: Sendable, Equatable {
        /// A caller.
        case caller
        /// The client itself, for a session to put writes under.
        case openSession
        /// The client itself, so that the session goes on.
        case keepAlive(session: Int64)
        /// The client itself, which is about to end.
        case closeSession
    }

    /// What makes a write recognisable.
    enum Stamp: Sendable, Equatable {
        /// The number of a write in a session.
        case sequence(Int64, session: Int64)
        /// A name that no other write has.
        case token([UInt8])
    }

    let arguments: [[UInt8]]
    let purpose: Purpose
    /// What it does by itself.
    let effect: CommandEffect
    /// Whether it has to be stamped before it is sent.
    var needsStamp: Bool
    var stamp: Stamp?
    /// When its caller gives up, and how long after the call that is.
    let deadline: UInt64
    let milliseconds: Int
    /// The number of the attempt that is being made or comes next.
    var attempt = 1
    /// The lane it was handed to and has no reply from, and when that was.
    var lane: Int?
    var sentAt: UInt64 = 0
    /// Until when it rests between two attempts.
    var restsUntil: UInt64 = 0
    /// Whether an earlier attempt may take effect.
    var isInDoubt = false
    /// How the last attempt failed.
    var lastError: ClientError?

    /// What sending it again would do.
    var repeatEffect: CommandEffect {
        effect == .write && stamp != nil ? .stampedWrite : effect
    }

    var name: String { CommandEffect.name(of: arguments) }

    /// The command as it is sent, with its stamp.
    /// - Parameter finishedThrough: What is acknowledged with it, if it is of the session that the client has.
    func request(acknowledging finishedThrough: Int64) -> [[UInt8]] {
        switch stamp {
        case nil: return arguments
        case .sequence(let sequence, let session):
            var words = [Self.once, Self.digits(session), Self.digits(sequence)]
            if finishedThrough > 0 { words += [Self.ack, Self.digits(finishedThrough)] }
            return words + arguments
        case .token(let token):
            var words = [Self.idem, token]
            if milliseconds > Self.halfOfUsualWindow {
                words += [Self.px, Self.digits(Int64(milliseconds + Self.halfOfUsualWindow))]
            }
            return words + arguments
        }
    }

    /// Tokens are remembered for 2 minutes unless asked otherwise, an hour at most. They are for as long as the
    /// caller waits and a minute: copies of the command may be under way when it stops waiting.
    static let halfOfUsualWindow = 60_000
    static let longestTokenMilliseconds = 3_600_000 - halfOfUsualWindow

    private static let once = Array("KV.ONCE".utf8)
    private static let idem = Array("KV.IDEM".utf8)
    private static let ack = Array("ACK".utf8)
    private static let px = Array("PX".utf8)

    private static func digits(_ number: Int64) -> [UInt8] { Array(String(number).utf8) }
}
