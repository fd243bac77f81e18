// SPDX-License-Identifier: Apache-2.0

/// Numbers as people read them.
enum Figures {
    /// Digits in groups of three.
    static func grouped(_ number: UInt64) -> String {
        var text = ""
        for (position, digit) in "\(number)".reversed().enumerated() {
            if position > 0, position % 3 == 0 { text.append(",") }
            text.append(digit)
        }
        return String(text.reversed())
    }

    static func grouped(_ number: Int) -> String { grouped(UInt64(max(0, number))) }

    /// Thousandths as a decimal number.
    static func decimal(thousandths: UInt64) -> String {
        "\(thousandths / 1000).\("\(1000 + thousandths % 1000)".dropFirst())"
    }

    /// A quotient, rounded down; 0 if there is nothing to divide by.
    static func rate(_ count: UInt64, perSecondIn nanoseconds: UInt64) -> UInt64 {
        guard nanoseconds > 0 else { return 0 }
        let (high, low) = count.multipliedFullWidth(by: 1_000_000_000)
        guard high < nanoseconds else { return .max }
        return nanoseconds.dividingFullWidth((high, low)).quotient
    }
}
