// SPDX-License-Identifier: Apache-2.0

internal import Raft

/// A client with a session: proposes each command on whatever members, as often as it likes, waits or
/// not, and compares what it is told.
///
/// Decides what to do; ``World`` does it.
struct SessionClient {
    /// A command it has not acknowledged.
    struct Command {
        let sequence: UInt64
        /// The checksum of the output it was told.
        var answer: UInt32?
        /// Whether it asks no more: it will be acknowledged.
        var isAbandoned = false
    }

    enum Step {
        case operate(SessionOperation)
        case propose(SessionStamp)
        /// One of its two commands for tokens.
        case name(CommandToken, Int)
        /// Does not use its session for so long.
        case idle(Interval)
        case nothing
    }

    let profile: SessionProfile
    private let number: UInt8
    var random: SplitMix64
    private(set) var session: ClientSession?
    private(set) var commands: [Command] = []
    /// The call of an operation under way.
    var operation: Int?
    /// What an open call proposes; looked up by call.
    private var sequences: [Int: SessionStamp] = [:]
    /// Whether it was told that its session has ended.
    private var hasEnded = false

    init(_ profile: SessionProfile, number: Int, random: SplitMix64) {
        self.profile = profile
        self.number = UInt8(truncatingIfNeeded: number)
        self.random = random
    }

    /// What it does next.
    mutating func next() -> Step {
        guard operation == nil else { return .nothing }
        if random.next(below: 5) == 0 { return name() }
        guard let session else { return .operate(.open(lifetime: profile.lifetime)) }
        if hasEnded, random.next(below: 4) == 0 {
            // Enough of what an ended session answers.
            forget()
            return .nothing
        }
        switch random.next(below: 32) {
        case 0..<12: return begin()
        case 12..<20: return tryAgain { $0.answer == nil && !$0.isAbandoned }
        case 20..<24: return tryAgain { $0.answer != nil }
        case 24..<28: return acknowledge()
        case 28: return repeatAcknowledged(session)
        case 29: return abandon()
        case 30: return .operate(.keepAlive(session.id))
        default:
            guard random.next(below: 4) == 0 else { return .nothing }
            if random.next(below: 2) == 0 { return .operate(.close(session.id)) }
            let lifetime = profile.lifetime.nanoseconds
            return .idle(Interval(nanoseconds: lifetime / 2 + random.next(below: lifetime)))
        }
    }

    /// Uses one of a few tokens: a repeat, another command's, or, after its window, a first use again.
    private mutating func name() -> Step {
        let bytes = [number, UInt8(random.next(below: 6))]
        let window: UInt32 = [40, 700, 3000, 60_000][Int(random.next(below: 4))]
        return .name(
            CommandToken(bytes, window: window), random.next(below: 6) == 0 ? 1 : 0)
    }

    private mutating func begin() -> Step {
        guard let stamp = session?.begin() else { return acknowledge() }
        commands.append(Command(sequence: stamp.sequence))
        return .propose(stamp)
    }

    private mutating func tryAgain(_ isMeant: (Command) -> Bool) -> Step {
        let meant = commands.filter(isMeant)
        guard let session, !meant.isEmpty else { return .nothing }
        let command = meant[Int(random.next(below: UInt64(meant.count)))]
        return .propose(session.stamp(of: command.sequence))
    }

    /// Gives up some of the commands whose outcome it knows; the next stamp says so.
    private mutating func acknowledge() -> Step {
        let count = 1 + random.next(below: profile.window)
        for command in commands.filter({ $0.answer != nil || $0.isAbandoned }).prefix(Int(count)) {
            session?.finish(command.sequence)
            commands.removeAll { $0.sequence == command.sequence }
        }
        return .nothing
    }

    private mutating func abandon() -> Step {
        guard !commands.isEmpty else { return .nothing }
        commands[Int(random.next(below: UInt64(commands.count)))].isAbandoned = true
        return .nothing
    }

    private func repeatAcknowledged(_ session: ClientSession) -> Step {
        guard session.finishedThrough > 0 else { return .nothing }
        return .propose(
            SessionStamp(
                session: session.id, sequence: session.finishedThrough, acknowledgedThrough: 0))
    }

    // MARK: What comes of it

    mutating func proposed(_ stamp: SessionStamp, as call: Int) { sequences[call] = stamp }

    /// A call has ended.
    /// - Returns: What is wrong with what it was told.
    mutating func ended(_ call: Int, _ outcome: RecordOutcome?, digest: UInt32) -> String? {
        if operation == call {
            operation = nil
            guard case .session(let id)? = outcome else {
                noteEnd(outcome)
                return nil
            }
            if session?.id != id { begin(id) }
            return nil
        }
        guard let stamp = sequences.removeValue(forKey: call), stamp.session == session?.id
        else { return nil }
        noteEnd(outcome)
        switch outcome {
        case .executed, .repeated: return told(digest, stamp)
        case .refused, .session, nil: return nil
        }
    }

    private mutating func told(_ digest: UInt32, _ stamp: SessionStamp) -> String? {
        guard let place = commands.firstIndex(where: { $0.sequence == stamp.sequence }) else {
            return nil
        }
        guard let first = commands[place].answer else {
            commands[place].answer = digest
            return nil
        }
        return first == digest
            ? nil
            : "command \(stamp.sequence) of session \(stamp.session): \(first), then \(digest)"
    }

    private mutating func noteEnd(_ outcome: RecordOutcome?) {
        switch outcome {
        case .refused(.sessionEnded), .refused(.rejected(.sessionEnded)): hasEnded = true
        case .refused, .executed, .repeated, .session, nil: break
        }
    }

    private mutating func begin(_ id: SessionID) {
        session = ClientSession(id, window: profile.window)
        commands.removeAll()
        hasEnded = false
    }

    private mutating func forget() {
        session = nil
        commands.removeAll()
    }
}

/// What a committed command came to, for a world that is not generic.
enum RecordOutcome: Hashable {
    case executed
    case repeated(LogIndex)
    case refused(ProposalError)
    case session(SessionID)
}
