// SPDX-License-Identifier: Apache-2.0

internal import Raft

// What members say to each other. What arrives is known again by its bytes: the network keeps no names.
extension SimulationRecorder {
    /// What a message is known again by.
    struct FlightKey: Hashable {
        let from: MemberID
        let to: MemberID
        let checksum: UInt32
        let length: Int

        init(_ from: MemberID, _ to: MemberID, _ bytes: [UInt8]) {
            self.from = from
            self.to = to
            checksum = CRC32C.checksum(bytes, in: 0..<bytes.count)
            length = bytes.count
        }
    }

    struct Flight {
        let key: FlightKey
        var message: Recording.Message
    }

    /// A member has handed a frame to the network.
    func sent(_ frame: Frame, from: MemberID, at now: MonotonicTime) {
        let words = FrameWords(frame.bytes)
        add(
            Flight(
                key: FlightKey(from, frame.peer, frame.bytes),
                message: Recording.Message(
                    from: from, to: frame.peer, sent: since(now), fate: .lost, isCopy: false,
                    topic: words.topic, text: words.text, term: words.term,
                    byteCount: frame.bytes.count)))
    }

    private func add(_ flight: Flight) {
        flightNumbers[flight.key, default: []].append(flights.next)
        let given = flights.append(flight)
        for old in given {
            flightNumbers[old.key]?.removeAll { $0 < flights.first }
            if flightNumbers[old.key]?.isEmpty == true { flightNumbers[old.key] = nil }
        }
    }

    /// A frame has arrived.
    func arrived(_ frame: Frame, at member: MemberID, _ now: MonotonicTime) {
        let key = FlightKey(frame.peer, member, frame.bytes)
        guard let numbers = flightNumbers[key] else { return }
        let time = since(now)
        if let number = numbers.first(where: { flights[$0]?.message.fate == .lost }) {
            return flights.update(number) { $0.message.fate = .arrived(time) }
        }
        guard let original = numbers.last.flatMap({ flights[$0]?.message }) else { return }
        let copy = Recording.Message(
            from: original.from, to: original.to, sent: original.sent, fate: .arrived(time),
            isCopy: true, topic: original.topic, text: original.text, term: original.term,
            byteCount: original.byteCount)
        add(Flight(key: key, message: copy))
    }

    /// The messages, those that are on their way told from those that are lost.
    func messages(underWay: [FlightKey]) -> [Recording.Message] {
        // Of equal ones the newest are those under way.
        var counts: [FlightKey: Int] = [:]
        for key in underWay { counts[key, default: 0] += 1 }
        var messages: [Recording.Message] = []
        for flight in flights.all.reversed() {
            var message = flight.message
            if message.fate == .lost, let count = counts[flight.key], count > 0 {
                counts[flight.key] = count - 1
                message.fate = .underWay
            }
            messages.append(message)
        }
        // Copies were added when they arrived, not when their original was sent.
        return messages.reversed().enumerated()
            .sorted { ($0.element.sent, $0.offset) < ($1.element.sent, $1.offset) }
            .map(\.element)
    }
}
