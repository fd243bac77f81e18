// SPDX-License-Identifier: Apache-2.0

extension ReplyWriter {
    /// Starts an array; `count` ≥ 0 replies must follow.
    public func beginArray(_ count: Int, to out: inout [UInt8]) {
        begin(ASCII.asterisk, count, to: &out)
    }

    /// Starts a map; `count` ≥ 0 times a key and its value must follow.
    public func beginMap(_ count: Int, to out: inout [UInt8]) {
        switch version {
        case .resp2: begin(ASCII.asterisk, count * 2, to: &out)
        case .resp3: begin(UInt8(ascii: "%"), count, to: &out)
        }
    }

    /// Starts a set; `count` ≥ 0 replies must follow.
    public func beginSet(_ count: Int, to out: inout [UInt8]) {
        begin(version == .resp3 ? UInt8(ascii: "~") : ASCII.asterisk, count, to: &out)
    }

    /// Starts a message that answers no command; `count` ≥ 1 replies must follow.
    public func beginPush(_ count: Int, to out: inout [UInt8]) {
        begin(version == .resp3 ? UInt8(ascii: ">") : ASCII.asterisk, count, to: &out)
    }

    private func begin(_ type: UInt8, _ count: Int, to out: inout [UInt8]) {
        precondition(count >= 0, "an aggregate of \(count) replies")
        head(type, Int64(count), to: &out)
    }
}
