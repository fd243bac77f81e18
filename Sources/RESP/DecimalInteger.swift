// SPDX-License-Identifier: Apache-2.0

/// Decimal integers as Redis reads and writes them.
///
/// Reading is as strict as Redis' `string2ll`: an optional minus, digits without leading zeros,
/// nothing else; so every number has exactly one spelling.
public enum DecimalInteger {
    /// Reads the whole of `bytes` as a signed 64-bit integer.
    ///
    /// - Returns: the number, or nil if `bytes` is anything but its one spelling, or too large.
    public static func parse(_ bytes: Span<UInt8>) -> Int64? {
        parse(bytes, from: 0, to: bytes.count)
    }

    /// Reads `bytes[start..<end]`.
    static func parse(_ bytes: Span<UInt8>, from start: Int, to end: Int) -> Int64? {
        guard start < end else { return nil }
        var index = start
        let isNegative = bytes[index] == ASCII.minus
        if isNegative { index += 1 }
        // 20 digits don't fit; 19 may wrap past Int64 but not past UInt64.
        guard index < end, end - index <= 19 else { return nil }
        let first = bytes[index] &- ASCII.zero
        guard first <= 9 else { return nil }
        if first == 0 { return end - start == 1 ? 0 : nil }
        var magnitude = UInt64(first)
        index += 1
        while index < end {
            let digit = bytes[index] &- ASCII.zero
            guard digit <= 9 else { return nil }
            magnitude = magnitude &* 10 &+ UInt64(digit)
            index += 1
        }
        if isNegative {
            return magnitude <= 1 << 63 ? Int64(truncatingIfNeeded: 0 &- magnitude) : nil
        }
        return Int64(exactly: magnitude)
    }

    /// Appends the digits of `value`.
    public static func append(_ value: Int64, to out: inout [UInt8]) {
        if value >= 0 && value < 10 {
            out.append(ASCII.zero + UInt8(truncatingIfNeeded: value))
            return
        }
        var digits = InlineArray<20, UInt8>(repeating: 0)
        var start = 20
        var rest = value.magnitude
        repeat {
            let (quotient, digit) = rest.quotientAndRemainder(dividingBy: 10)
            start -= 1
            digits[start] = ASCII.zero + UInt8(truncatingIfNeeded: digit)
            rest = quotient
        } while rest > 0
        if value < 0 {
            start -= 1
            digits[start] = ASCII.minus
        }
        while start < 20 {
            out.append(digits[start])
            start += 1
        }
    }
}
