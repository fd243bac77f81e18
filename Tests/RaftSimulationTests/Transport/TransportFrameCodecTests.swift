// SPDX-License-Identifier: Apache-2.0

import Raft
import RaftTransport
import Testing

@Suite struct `Frames in a byte stream` {
    private func encode(_ bytes: [UInt8]) -> [UInt8] {
        var writer = ByteWriter()
        let header = FrameCodec.header(for: bytes)
        writer.write(header.contents)
        writer.write(header.checksum)
        writer.write(raw: bytes)
        return writer.bytes
    }

    /// A header as its sender means it, whatever it says.
    private func header(_ contents: UInt64) -> [UInt8] {
        var writer = ByteWriter()
        writer.write(contents)
        writer.write(CRC32C.checksum(writer.bytes, in: 0..<8))
        return writer.bytes
    }

    /// Every frame at the front of a stream, and how many bytes they took.
    private func decodeAll(
        _ stream: [UInt8], on channel: Frame.Channel = .control
    ) throws(FrameViolation) -> (frames: [[UInt8]], consumed: Int) {
        var frames: [[UInt8]] = []
        var offset = 0
        while case .frame(let range) = try FrameCodec.decode(
            stream.span.bytes, at: offset, on: channel)
        {
            frames.append(Array(stream[range]))
            offset = range.upperBound
        }
        return (frames, offset)
    }

    @Test func `a frame is its length, two checksums and its bytes`() {
        // RFC 3720 §B.4 gives the checksum of "123456789" as E3069283.
        let bytes = encode(Array("123456789".utf8))
        #expect(bytes.prefix(8) == [9, 0, 0, 0, 0x83, 0x92, 0x06, 0xE3])
        #expect(Array(bytes.prefix(12)) == header(0xE306_9283_0000_0009))
        #expect(bytes.dropFirst(12) == ArraySlice("123456789".utf8))
    }

    @Test func `frames come out as they went in, wherever the stream is cut`() throws {
        let frames: [[UInt8]] = [[1], Array(repeating: 0xAB, count: 300), [0, 0, 0], [9, 8]]
        let stream = frames.flatMap { encode($0) }
        for cut in 0...stream.count {
            let first = try decodeAll(Array(stream[..<cut]))
            let second = try decodeAll(Array(stream[first.consumed...]))
            #expect(first.frames + second.frames == frames, "cut at \(cut)")
            #expect(first.consumed + second.consumed == stream.count)
        }
    }

    @Test func `an incomplete frame says how many bytes it needs`() throws {
        let stream = encode([1, 2, 3, 4, 5])
        for count in 0..<stream.count {
            let part = Array(stream[..<count])
            let needed = count < FrameCodec.headerLength ? FrameCodec.headerLength : stream.count
            let decoded = try FrameCodec.decode(part.span.bytes, at: 0, on: .bulk)
            #expect(decoded == .incomplete(needed: needed))
        }
    }

    @Test func `a flipped bit anywhere is damage`() {
        let stream = encode([1, 2, 3, 4, 5])
        for bit in 0..<stream.count * 8 {
            var damaged = stream
            damaged[bit / 8] ^= 1 << (bit % 8)
            #expect(throws: FrameViolation.damaged) { try decodeAll(damaged) }
        }
    }

    @Test func `a flipped bit in the length is noticed before as many bytes have come`() {
        let stream = encode([1, 2, 3, 4, 5])
        for bit in 0..<4 * 8 {
            var damaged = Array(stream.prefix(FrameCodec.headerLength))
            damaged[bit / 8] ^= 1 << (bit % 8)
            #expect(throws: FrameViolation.damaged) { try decodeAll(damaged, on: .bulk) }
        }
    }

    @Test(arguments: [Frame.Channel.control, .bulk])
    func `a frame longer than its channel allows is refused by its header alone`(
        _ channel: Frame.Channel
    ) throws {
        let maximum = FrameCodec.maximumLength(on: channel)
        #expect(throws: FrameViolation.tooLong(length: maximum + 1, maximum: maximum)) {
            try decodeAll(header(UInt64(maximum + 1)), on: channel)
        }
        #expect(try decodeAll(header(UInt64(maximum)), on: channel).frames == [])
    }

    @Test func `a run of zeros is not a run of empty frames, and no frame is empty`() {
        #expect(throws: FrameViolation.damaged) { try decodeAll(Array(repeating: 0, count: 64)) }
        #expect(throws: FrameViolation.empty) { try decodeAll(header(0)) }
    }

    @Test func `random bytes never make a frame`() {
        var random = SplitMix64(seed: 1)
        for _ in 0..<2000 {
            let garbage = (0..<64).map { _ in UInt8(truncatingIfNeeded: random.next()) }
            let frames = try? decodeAll(garbage).frames
            #expect(frames == nil || frames == [])
        }
    }
}
