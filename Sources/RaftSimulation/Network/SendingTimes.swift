// SPDX-License-Identifier: Apache-2.0

internal import Raft

/// When the frames of a connection that have not arrived were sent.
struct SendingTimes {
    /// In order of positions.
    private var times = Queue<(end: Int, time: MonotonicTime)>()

    /// A frame was queued that ends at this position of the stream.
    mutating func note(end: Int, at now: MonotonicTime) { times.append((end, now)) }

    /// When the frame was sent that ends at this position, and forgets all before; zero if it was none.
    mutating func time(endingAt end: Int) -> MonotonicTime {
        while let first = times.first, first.end <= end {
            times.removeFirst(1)
            if first.end == end { return first.time }
        }
        return .zero
    }
}
