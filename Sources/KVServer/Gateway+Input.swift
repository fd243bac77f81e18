// SPDX-License-Identifier: Apache-2.0

internal import RESP

/// What became of a command.
enum Step {
    /// It was answered, or its answer is owed.
    case done
    /// It has to wait unread for something to finish; nothing was done.
    case wait
}

extension Gateway {
    /// Takes bytes that a client sent and begins the commands in them.
    /// - Parameter bytes: Used in place and not kept; what can't be used yet is copied.
    /// - Complexity: O(count), below a microsecond for a `GET` or `SET`.
    public mutating func received(_ connection: ConnectionID, _ bytes: UnsafeRawBufferPointer) {
        guard let place = place(of: connection), case .serving = sessions[place].life else {
            return
        }
        statistics.inputBytes += UInt64(bytes.count)
        sessions[place].identity.lastActiveAt = now
        if sessions[place].unread.isEmpty {
            let consumed = unsafe process(place, bytes)
            if consumed < bytes.count, case .serving = sessions[place].life {
                unsafe sessions[place].unread.append(
                    UnsafeRawBufferPointer(rebasing: bytes[consumed...]))
            }
        } else {
            unsafe sessions[place].unread.append(bytes)
            if !sessions[place].isStalled { processUnread(place) }
        }
        if sessions[place].isStalled { markDirty(place) }
    }

    /// Begins the commands that waited unread, as far as they need wait no longer.
    mutating func resume(_ place: Int) {
        guard sessions[place].isStalled, case .serving = sessions[place].life else { return }
        let before = sessions[place].unread.count
        processUnread(place)
        if sessions[place].hasInputEnded, !sessions[place].isStalled { beginClosing(place) }
        // Only if something has changed: whoever calls this comes back for every dirty session.
        if sessions[place].unread.count != before { markDirty(place) }
    }

    private mutating func processUnread(_ place: Int) {
        var unread = UnreadBytes()
        swap(&unread, &sessions[place].unread)
        unsafe unread.consume { unsafe process(place, $0) }
        if case .serving = sessions[place].life { sessions[place].unread = unread }
    }

    /// Begins the commands in `bytes`, until one is not complete or has to wait.
    /// - Returns: How many bytes are done with.
    private mutating func process(_ place: Int, _ bytes: UnsafeRawBufferPointer) -> Int {
        // Taken out, not copied: a second reference would make the parser's arrays be copied.
        let own = sessions[place].parser.take()
        var isPartial = own != nil
        var parser = own ?? takeParser()
        var offset = 0
        sessions[place].isStalled = false
        while offset < bytes.count, case .serving = sessions[place].life {
            guard hasRoom(place) else {
                sessions[place].isStalled = true
                break
            }
            let rest = unsafe UnsafeRawBufferPointer(rebasing: bytes[offset...])
            let result = unsafe parser.parse(rest)
            isPartial = result == .incomplete
            if case .command(_, let consumed) = result {
                let step = unsafe parser.withArguments(in: rest) { execute(place, $0) }
                guard case .done = step else {
                    sessions[place].isStalled = true
                    break
                }
                statistics.commandsProcessed += 1
                offset += consumed
            } else if case .empty(let consumed) = result {
                offset += consumed
            } else {
                if case .failure(let error) = result {
                    parser.reset()
                    refuse(place, "ERR " + error.message)
                    beginClosing(place)
                }
                break
            }
        }
        if isPartial { sessions[place].parser = parser } else { self.parser = parser }
        return offset
    }

    private mutating func takeParser() -> RequestParser {
        var taken = blankParser
        swap(&taken, &parser)
        return taken
    }

    /// Whether a session may have one more command that is not answered.
    private func hasRoom(_ place: Int) -> Bool {
        sessions[place].replies.owedCount < options.maximumPipeline
            && !isOutputFull(place)
    }

    /// Whether a session's client should take some replies before there are more.
    func isOutputFull(_ place: Int) -> Bool {
        sessions[place].replies.pendingBytes >= options.maximumOutputBytes
    }
}
