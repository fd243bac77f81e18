// SPDX-License-Identifier: Apache-2.0

internal import RESP

/// The replies of one connection: those owed, in the order of the requests, and those not sent yet.
///
/// A reply that is next is written straight into the output. One that comes before its turn waits
/// as bytes; a pipeline of local commands behind a write costs no allocation per reply. Empty
/// queues own no memory.
struct ReplyQueue {
    /// What is known of an owed reply when its command is accepted.
    struct Slot {
        let version: ProtocolVersion
        let shape: ReplyShape
        /// A command that changes nothing, though it goes through the log.
        let isQuery: Bool
        /// A command in the log whose output may be as large as a value.
        let answersValue: Bool
        fileprivate var isReady = false
        fileprivate var offset = 0
        fileprivate var length = 0

        init(
            version: ProtocolVersion, shape: ReplyShape = .plain, isQuery: Bool = true,
            answersValue: Bool = false
        ) {
            self.version = version
            self.shape = shape
            self.isQuery = isQuery
            self.answersValue = answersValue
        }
    }

    /// Replies in order that can be sent.
    private(set) var output: [UInt8] = []
    /// Bytes at the front of ``output`` that were sent.
    private(set) var sentBytes = 0

    /// A ring: the slot of reply n is at n modulo the count, a power of two.
    private var slots: [Slot] = []
    /// The oldest reply owed.
    private var first: UInt32 = 0
    /// The number the next reply gets.
    private var next: UInt32 = 0
    /// Replies that came before their turn, back to back.
    private var early: [UInt8] = []
    private var earlyCount = 0

    private static let initialSlots = 8
    private static let keptSlots = 64
    private static let keptBytes = 16 << 10

    /// How many replies are owed.
    var owedCount: Int { Int(next &- first) }

    /// Whether nothing is owed.
    var isSettled: Bool { next == first }

    /// Bytes that wait to be sent or for their turn.
    var pendingBytes: Int { output.count - sentBytes + early.count }

    /// Bytes that can be sent.
    var outputBytes: Int { output.count - sentBytes }

    /// Whether there is something to send.
    var hasOutput: Bool { output.count > sentBytes }

    /// Whether nothing is owed and everything was sent.
    var isEmpty: Bool { isSettled && !hasOutput }

    /// Owes a reply; ``complete(_:_:)`` gives it under the number returned.
    mutating func owe(_ slot: Slot) -> UInt32 {
        if owedCount == slots.count { grow() }
        let number = next
        slots[index(number)] = slot
        next = number &+ 1
        return number
    }

    /// What is known of a reply that is owed.
    func slot(_ number: UInt32) -> Slot {
        precondition(
            number &- first < next &- first, "reply \(number) is not owed: \(first) ..< \(next)")
        return slots[index(number)]
    }

    /// Gives an owed reply: `body` appends it to the bytes it is handed.
    @inline(__always)
    mutating func complete(_ number: UInt32, _ body: (inout [UInt8]) -> Void) {
        if number == first {
            precondition(next != first, "reply \(number) is not owed: none is")
            body(&output)
            first = number &+ 1
            if earlyCount > 0 { sendEarly() }
            if first == next { forgetSlots() }
        } else {
            completeEarly(number, body)
        }
    }

    /// Gives a reply to a command that is answered at once, in its turn.
    @inline(__always)
    mutating func answer(version: ProtocolVersion, _ body: (inout [UInt8]) -> Void) {
        if isSettled {
            body(&output)
        } else {
            completeEarly(owe(Slot(version: version)), body)
        }
    }

    /// Offers what can be sent to `body`, which says how much of it was taken.
    mutating func send(_ body: (UnsafeRawBufferPointer) -> Int?) -> Int? {
        let offered = output.count - sentBytes
        let taken = unsafe output.withUnsafeBytes {
            unsafe body(UnsafeRawBufferPointer(rebasing: $0[sentBytes...]))
        }
        guard let taken else { return nil }
        precondition(taken >= 0 && taken <= offered, "\(taken) bytes taken of \(offered)")
        sentBytes += taken
        if sentBytes == output.count {
            sentBytes = 0
            output.removeAll(keepingCapacity: true)
        } else if sentBytes > output.count / 2 {
            output.removeSubrange(..<sentBytes)
            sentBytes = 0
        }
        return taken
    }

    /// Whether the queue has no memory to write replies into.
    var needsMemory: Bool { output.capacity == 0 }

    /// Lends memory to a queue that needs it.
    mutating func lend(_ memory: consuming [UInt8]) { output = memory }

    /// Takes back the memory of an output that was sent as a whole.
    mutating func takeMemory() -> [UInt8]? {
        guard output.isEmpty, output.capacity > 0 else { return nil }
        defer { output = [] }
        return output
    }

    private mutating func completeEarly(_ number: UInt32, _ body: (inout [UInt8]) -> Void) {
        let at = index(number)
        precondition(
            number &- first < next &- first && !slots[at].isReady,
            "reply \(number) is not owed: \(first) ..< \(next)")
        let start = early.count
        body(&early)
        slots[at].offset = start
        slots[at].length = early.count - start
        slots[at].isReady = true
        earlyCount += 1
    }

    /// Moves replies whose turn has come to the output.
    private mutating func sendEarly() {
        while first != next {
            let slot = slots[index(first)]
            guard slot.isReady else { break }
            output.append(contentsOf: early[slot.offset..<slot.offset + slot.length])
            slots[index(first)].isReady = false
            first = first &+ 1
            earlyCount -= 1
        }
        if earlyCount == 0 {
            early.removeAll(keepingCapacity: early.capacity <= Self.keptBytes)
        }
    }

    private mutating func forgetSlots() {
        if slots.count > Self.keptSlots { slots = [] }
        if early.capacity > 0 { early = [] }
    }

    private mutating func grow() {
        let count = max(Self.initialSlots, slots.count * 2)
        var larger = Array(
            repeating: Slot(version: .resp2), count: count)
        for offset in 0..<UInt32(owedCount) {
            let number = first &+ offset
            larger[Int(number) & (count - 1)] = slots[index(number)]
        }
        slots = larger
    }

    @inline(__always)
    private func index(_ number: UInt32) -> Int { Int(number) & (slots.count - 1) }
}
