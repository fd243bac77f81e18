// SPDX-License-Identifier: Apache-2.0

/// Decimal integers as values hold them: Redis' `string2ll` and `ll2string`.
///
/// An optional minus, digits without leading zeros, nothing else; so every number has exactly one
/// spelling.
struct IntegerText {
    private var digits = InlineArray<20, UInt8>(repeating: 0)
    private var start = 20

    /// The text of a number.
    init(_ value: Int64) {
        var rest = value.magnitude
        repeat {
            let (quotient, digit) = rest.quotientAndRemainder(dividingBy: 10)
            start -= 1
            digits[start] = 0x30 + UInt8(truncatingIfNeeded: digit)
            rest = quotient
        } while rest > 0
        if value < 0 {
            start -= 1
            digits[start] = 0x2D
        }
    }

    /// Calls `body` with the text.
    func withView<Result>(_ body: (ByteView) -> Result) -> Result {
        unsafe digits.span.withUnsafeBytes { bytes in
            unsafe body(ByteView(UnsafeRawBufferPointer(rebasing: bytes[start...])))
        }
    }

    /// The number whose one spelling `text` is, or nil.
    static func parse(_ text: ByteView) -> Int64? {
        // The longest is "-9223372036854775808".
        guard text.count > 0, text.count <= 20 else { return nil }
        let isNegative = text[0] == 0x2D
        var index = isNegative ? 1 : 0
        guard index < text.count else { return nil }
        if text[index] == 0x30 { return text.count == 1 ? 0 : nil }
        var value: Int64 = 0
        while index < text.count {
            let digit = text[index] &- 0x30
            guard digit <= 9 else { return nil }
            // Counting downwards, because the least number has no opposite.
            let (tenfold, isTooLong) = value.multipliedReportingOverflow(by: 10)
            let (next, isTooLarge) = tenfold.subtractingReportingOverflow(Int64(digit))
            guard !isTooLong, !isTooLarge else { return nil }
            value = next
            index += 1
        }
        if isNegative { return value }
        return value == .min ? nil : -value
    }
}
