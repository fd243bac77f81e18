// SPDX-License-Identifier: Apache-2.0

import Platform

/// Lines on standard error about what happens.
struct Log: Sendable {
    /// How much a line matters.
    enum Level: String, CaseIterable, Sendable, Comparable {
        case debug, info, warning, error

        private var rank: Int {
            switch self {
            case .debug: 0
            case .info: 1
            case .warning: 2
            case .error: 3
            }
        }

        static func < (a: Level, b: Level) -> Bool { a.rank < b.rank }
    }

    /// What a line looks like.
    enum Format: String, CaseIterable, Sendable {
        case text, json
    }

    let level: Level
    let format: Format

    /// Writes a line, if it matters enough.
    func write(_ level: Level, _ message: @autoclosure () -> String) {
        guard level >= self.level else { return }
        let time = Timestamp(milliseconds: SystemClock.wallMilliseconds()).description
        let line =
            switch format {
            case .text: "\(time) \(level.rawValue) \(Self.oneLine(message()))\n"
            case .json:
                "{\"time\":\"\(time)\",\"level\":\"\(level.rawValue)\""
                    + ",\"message\":\(JSONText.quoted(message()))}\n"
            }
        Console.write(line, to: .standardError)
    }

    private static func oneLine(_ text: String) -> String {
        String(text.map { $0.isNewline ? " " : $0 })
    }
}

/// A point in time as people and log collectors read it.
struct Timestamp: CustomStringConvertible {
    /// Since 1970-01-01T00:00:00Z.
    let milliseconds: Int64

    /// Such as `2026-11-21T12:00:00.250Z` (RFC 3339).
    var description: String {
        let (day, time) = milliseconds.floorDivided(by: 86_400_000)
        let (year, month, dayOfMonth) = Self.date(ofDay: day)
        let seconds = time / 1000
        return "\(Self.padded(year, 4))-\(Self.padded(month, 2))-\(Self.padded(dayOfMonth, 2))"
            + "T\(Self.padded(seconds / 3600, 2)):\(Self.padded(seconds / 60 % 60, 2))"
            + ":\(Self.padded(seconds % 60, 2)).\(Self.padded(time % 1000, 3))Z"
    }

    /// The Gregorian date of a day counted from 1970-01-01 (Howard Hinnant, "chrono-Compatible
    /// Low-Level Date Algorithms", `civil_from_days`): years begin in March, so that the leap day
    /// comes last.
    private static func date(ofDay day: Int64) -> (year: Int64, month: Int64, day: Int64) {
        let (era, dayOfEra) = (day + 719_468).floorDivided(by: 146_097)
        let leaps = dayOfEra / 1460 - dayOfEra / 36_524 + dayOfEra / 146_096
        let yearOfEra = (dayOfEra - leaps) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let monthFromMarch = (5 * dayOfYear + 2) / 153
        let month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9
        let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
        return (year, month, dayOfYear - (153 * monthFromMarch + 2) / 5 + 1)
    }

    private static func padded(_ number: Int64, _ width: Int) -> String {
        let digits = String(number)
        return String(repeating: "0", count: max(0, width - digits.count)) + digits
    }
}

extension Int64 {
    /// Quotient and remainder of a division that rounds down, so that the remainder is never
    /// negative.
    fileprivate func floorDivided(by divisor: Int64) -> (Int64, Int64) {
        let (quotient, remainder) = quotientAndRemainder(dividingBy: divisor)
        return remainder < 0 ? (quotient - 1, remainder + divisor) : (quotient, remainder)
    }
}

/// Strings of JSON.
enum JSONText {
    /// A text in quotes, with escapes where RFC 8259 wants some.
    static func quoted(_ text: String) -> String {
        var result = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": result += "\\\""
            case "\\": result += "\\\\"
            case "\n": result += "\\n"
            case "\r": result += "\\r"
            case "\t": result += "\\t"
            case _ where scalar.value < 0x20:
                let digits = String(scalar.value, radix: 16)
                result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result + "\""
    }
}
