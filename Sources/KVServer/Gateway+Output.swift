// SPDX-License-Identifier: Apache-2.0

internal import RESP

extension Gateway {
    /// Sends the replies that are ready, says what to wait for, and closes what has ended.
    ///
    /// Commands that waited for room may begin: afterwards, see ``hasRounds``.
    public mutating func flush(to sink: some ConnectionSink) {
        // The list grows when a session that was served lets itself or others go on.
        var index = 0
        while index < dirty.count {
            let place = Int(dirty[index])
            index += 1
            sessions[place].isDirty = false
            if sessions[place].isOpen { serve(place, sink) }
        }
        dirty.removeAll(keepingCapacity: true)
    }

    private mutating func serve(_ place: Int, _ sink: some ConnectionSink) {
        let connection = connection(at: place)
        if sessions[place].replies.hasOutput, !sessions[place].isBlocked {
            let offered = sessions[place].replies.outputBytes
            let taken = unsafe sessions[place].replies.send {
                unsafe sink.write($0, to: connection)
            }
            guard let taken else {
                end(place)
                sink.close(connection)
                return
            }
            statistics.outputBytes += UInt64(taken)
            sessions[place].isBlocked = taken < offered
            keepMemory(of: place)
        }
        askHeldReads(place)
        resume(place)
        if case .closing = sessions[place].life, sessions[place].replies.isEmpty {
            end(place)
            sink.close(connection)
            return
        }
        let interest = interest(of: place)
        if interest != sessions[place].interest {
            sessions[place].interest = interest
            sink.wait(for: interest, on: connection)
        }
    }

    private func interest(of place: Int) -> ConnectionInterest {
        var reads = !sessions[place].hasInputEnded
        if case .closing = sessions[place].life { reads = false }
        if sessions[place].isStalled, sessions[place].unread.count >= options.maximumUnreadBytes {
            reads = false
        }
        return ConnectionInterest(reads: reads, writes: sessions[place].isBlocked)
    }

    /// Answers a command at once, in its turn.
    @inline(__always)
    mutating func answer(_ place: Int, _ body: (ReplyWriter, inout [UInt8]) -> Void) -> Step {
        markDirty(place)
        let writer = ReplyWriter(version: sessions[place].version)
        sessions[place].replies.answer(version: writer.version) { body(writer, &$0) }
        return .done
    }

    /// Answers a command with an error, in its turn.
    @discardableResult
    mutating func refuse(_ place: Int, _ text: String) -> Step {
        statistics.errorReplies += 1
        return answer(place) { writer, out in writer.error(text, to: &out) }
    }

    /// Answers a command with an error that repeats some of its bytes.
    mutating func refuse(_ place: Int, _ text: [UInt8]) -> Step {
        statistics.errorReplies += 1
        return answer(place) { _, out in
            out.append(UInt8(ascii: "-"))
            for byte in text {
                out.append(byte == 0x0D || byte == 0x0A ? UInt8(ascii: " ") : byte)
            }
            out.append(contentsOf: [0x0D, 0x0A])
        }
    }

    /// Has a session looked after at the end of the turn, and gives it memory for replies.
    @inline(__always)
    mutating func markDirty(_ place: Int) {
        if sessions[place].isDirty { return }
        sessions[place].isDirty = true
        dirty.append(UInt32(truncatingIfNeeded: place))
        if sessions[place].replies.needsMemory, let memory = spareOutputs.popLast() {
            sessions[place].replies.lend(memory)
        }
    }

    private mutating func keepMemory(of place: Int) {
        guard let memory = sessions[place].replies.takeMemory() else { return }
        if memory.capacity <= Self.keptOutputBytes, spareOutputs.count < Self.keptOutputs {
            spareOutputs.append(memory)
        }
    }

    private static var keptOutputBytes: Int { 64 << 10 }
    private static var keptOutputs: Int { 256 }
}
