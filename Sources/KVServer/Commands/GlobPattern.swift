// SPDX-License-Identifier: Apache-2.0

/// The patterns of Redis: `*`, `?` and a backslash before what is meant literally, in any case.
///
/// Linear in the pattern times the text: a star that does not fit is moved on, never tried again
/// inside another.
enum GlobPattern {
    /// Whether the pattern describes the whole text; the case of ASCII letters does not count.
    static func matches(_ text: String, _ pattern: [UInt8]) -> Bool {
        let text = Array(text.utf8)
        var at = 0
        var position = 0
        var afterStar: (position: Int, at: Int)?
        while at < text.count {
            if position < pattern.count, pattern[position] == UInt8(ascii: "*") {
                position += 1
                afterStar = (position, at)
                continue
            }
            if let next = step(text[at], pattern, position) {
                position = next
                at += 1
                continue
            }
            // The last star takes one byte more.
            guard let star = afterStar else { return false }
            afterStar = (star.position, star.at + 1)
            position = star.position
            at = star.at + 1
        }
        return pattern[position...].allSatisfy { $0 == UInt8(ascii: "*") }
    }

    /// The position behind what fits the byte, or nil if that does not.
    private static func step(_ byte: UInt8, _ pattern: [UInt8], _ position: Int) -> Int? {
        guard position < pattern.count else { return nil }
        var position = position
        if pattern[position] == UInt8(ascii: "?") { return position + 1 }
        if pattern[position] == UInt8(ascii: "\\"), position + 1 < pattern.count { position += 1 }
        return lowercased(pattern[position]) == lowercased(byte) ? position + 1 : nil
    }

    private static func lowercased(_ byte: UInt8) -> UInt8 {
        byte >= UInt8(ascii: "A") && byte <= UInt8(ascii: "Z") ? byte | 0x20 : byte
    }
}
