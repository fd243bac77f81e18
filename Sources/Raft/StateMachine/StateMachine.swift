// SPDX-License-Identifier: Apache-2.0

/// What is replicated: a deterministic machine that every member feeds the same commands.
///
/// ```swift
/// struct Counter: StateMachine {
///     var total: Int64 = 0
///     init(_: Void) {}
///     init(restoring r: inout ByteReader, _: Void) throws(DecodingFailure) { total = try r.read() }
///     mutating func apply(_ command: Int64, _: ApplyContext) -> Int64 { total += command; return total }
///     static func write(_ capture: Counter, to w: inout ByteWriter) { w.write(capture.total) }
/// }
/// ```
///
/// A machine is built, used and destroyed on one lane: it needs no lock, need not be `Sendable`, and
/// may be `~Copyable`. It must be a function of its commands alone: no clock but
/// ``ApplyContext/now``, no randomness, no dependence on the order of a `Set` or `Dictionary`.
public protocol StateMachine: ~Copyable, SendableMetatype {
    /// What clients ask for.
    associatedtype Command: WireCodable
    /// What they get back; a failure is an output too.
    associatedtype Output: WireCodable
    /// A frozen view of the state that can be written while the machine goes on.
    associatedtype Capture: Sendable = Self
    /// Whatever a machine needs from outside to exist: limits, directories.
    associatedtype Environment: Sendable = Void

    /// Which versions of the machine this program can run, see ``MachineVersion``; 1 alone by default.
    ///
    /// Programs are replaced one member after the other. So one that changes what commands do declares one version
    /// more, and behaves as before until ``adopt(_:)`` or ``ApplyContext/version`` say that this is in force. The lowest
    /// one may be given up when no log or snapshot that may still be read was written under it.
    static var machineVersions: ClosedRange<MachineVersion> { get }

    /// Creates the machine as it is before the first command.
    init(_ environment: Environment)

    /// Creates the machine from the bytes of a capture, so that a snapshot can only replace state.
    /// - Throws: If the bytes are not those of a capture.
    init(restoring reader: inout ByteReader, _ environment: Environment) throws(DecodingFailure)

    /// Carries out one committed command. Total: every command gives an output.
    mutating func apply(_ command: consuming Command, _ context: ApplyContext) -> Output

    /// From now on this version is in force: one of ``machineVersions``, never less than at the last call.
    ///
    /// Called before the first entry of a member's life, and between two entries when the version has risen: what
    /// of the state has to be converted is converted here.
    mutating func adopt(_ version: MachineVersion)

    /// Lets time pass, before the commands of every entry; for a tick it is the only call.
    /// - Parameter now: Never less than at the last call.
    mutating func advance(to now: ClusterTime)

    /// When the machine wants ``advance(to:)`` called at the latest; nil for never.
    ///
    /// When this passes and nothing else was appended, the leader appends a tick. A machine that had
    /// more to do at `now` than it wanted to do in one go names `now` itself.
    var nextDeadline: ClusterTime? { get }

    /// Freezes the state. Should be cheap: it runs between two commands.
    mutating func capture() -> Capture

    /// Writes a capture's bytes; equal states must give equal bytes.
    static func write(_ capture: Capture, to writer: inout ByteWriter)

    /// A hash of the whole state, if one is at hand; members compare it at equal index.
    var stateHash: UInt64? { get }

    /// Carries out the commands of one entry. Not for you to write: see ``ApplyBatch``.
    mutating func applyBatch(_ batch: inout ApplyBatch<Output>)
}

extension StateMachine where Self: ~Copyable {
    /// Version 1 alone.
    public static var machineVersions: ClosedRange<MachineVersion> { .first ... .first }

    /// Does nothing: the machine has one version, or looks at ``ApplyContext/version``.
    public mutating func adopt(_ version: MachineVersion) {}

    /// Does nothing: the machine has no timers.
    public mutating func advance(to now: ClusterTime) {}

    /// Never: the machine has no timers.
    public var nextDeadline: ClusterTime? { nil }

    /// None: the bytes of a capture are hashed where one is needed.
    public var stateHash: UInt64? { nil }

    /// Decodes and applies the commands of one entry, one after the other.
    ///
    /// Inlinable so that it is specialised in the module of the machine: 2 ns a command instead of
    /// the 24 ns that a generic call across modules costs.
    @inlinable
    public mutating func applyBatch(_ batch: inout ApplyBatch<Output>) {
        advance(to: batch.context.now)
        while let next = batch.next() {
            var reader = next.payload
            do throws(DecodingFailure) {
                let command = try Command(from: &reader)
                try reader.finish()
                let output = apply(command, batch.context)
                if next.isAwaited { batch.finish(next, with: output) }
            } catch {
                batch.stop(at: next, error)
                return
            }
        }
    }
}

extension StateMachine where Capture == Self {
    /// A machine with value semantics is its own capture.
    public mutating func capture() -> Self { self }
}

/// What a state machine may know about the entry whose command it applies.
public struct ApplyContext: Sendable {
    /// The entry's place in the log.
    public let index: LogIndex
    /// The term it was appended in.
    public let term: Term
    /// The cluster time it was stamped with.
    public let now: ClusterTime
    /// The machine version in force: what the command does on all members.
    public let version: MachineVersion

    /// Creates a context.
    public init(
        index: LogIndex, term: Term, now: ClusterTime, version: MachineVersion = .first
    ) {
        self.index = index
        self.term = term
        self.now = now
        self.version = version
    }
}
