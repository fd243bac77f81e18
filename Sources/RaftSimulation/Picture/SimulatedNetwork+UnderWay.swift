// SPDX-License-Identifier: Apache-2.0

internal import Raft
internal import RaftTransport

extension SimulatedNetwork {
    /// The frames that may still arrive: on their way, or in a sender's queue.
    var underWay: [(from: Int, to: Int, bytes: [UInt8])] {
        var frames = flights.compactMap { flight in
            flight.map { (from: $0.from, to: $0.to, bytes: $0.bytes) }
        }
        for connection in alive where !connection.isClosedByAcceptor {
            let (from, to) = (connection.from, connection.to)
            for bytes in connection.bytes.frames(on: connection.channel) {
                frames.append((from: from, to: to, bytes: bytes))
            }
        }
        return frames
    }
}

extension SimulatedStream {
    /// The frames that are not taken yet and can still arrive whole; none while the greeting is not taken.
    fileprivate func frames(on channel: Frame.Channel) -> [[UInt8]] {
        withUntaken { bytes in
            var frames: [[UInt8]] = []
            var offset = 0
            while case .frame(let range)? = try? FrameCodec.decode(bytes, at: offset, on: channel) {
                frames.append(
                    unsafe bytes.extracting(range).withUnsafeBytes { unsafe [UInt8]($0) })
                offset = range.upperBound
            }
            return frames
        }
    }
}
