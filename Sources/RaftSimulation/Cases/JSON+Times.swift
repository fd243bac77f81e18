// SPDX-License-Identifier: Apache-2.0

internal import Raft

extension Interval: JSONConvertible {
    private static var units: [(name: String, nanoseconds: UInt64)] {
        [("s", 1_000_000_000), ("ms", 1_000_000), ("us", 1000), ("ns", 1)]
    }

    /// Reads a whole number and a unit: `"20ms"`.
    init(json: JSON) throws(JSONError) {
        let text = try String(json: json)
        let digits = text.prefix { $0.isNumber }
        let unit = Self.units.first { $0.name == text.dropFirst(digits.count) }
        guard let unit, let count = UInt64(digits),
            case let (nanoseconds, isTooLong) = count.multipliedReportingOverflow(
                by: unit.nanoseconds), !isTooLong
        else { throw json.error("\"\(text)\" is no time such as 20ms, in s, ms, us or ns") }
        self.init(nanoseconds: nanoseconds)
    }

    var json: JSON { shortText.json }

    /// A whole number and the largest unit that fits: `20ms`.
    var shortText: String {
        let unit =
            nanoseconds == 0
            ? Self.units[0] : Self.units.first { nanoseconds % $0.nanoseconds == 0 }
        guard let unit else { return "\(nanoseconds)ns" }
        return "\(nanoseconds / unit.nanoseconds)\(unit.name)"
    }
}

extension ClosedRange: JSONConvertible where Bound == Interval {
    init(json: JSON) throws(JSONError) {
        let bounds = try [Interval](json: json)
        guard bounds.count == 2, bounds[0] <= bounds[1] else {
            throw json.error("two times are wanted, the shorter first")
        }
        self = bounds[0]...bounds[1]
    }

    var json: JSON { [lowerBound, upperBound].json }
}

extension Delay: JSONConvertible {
    init(json: JSON) throws(JSONError) {
        var object = try JSONObject(json)
        let shortest: Interval = try object.read("shortest")
        let longest: Interval = try object.read("longest")
        guard shortest <= longest else {
            throw json.error("\(shortest.shortText) is longer than \(longest.shortText)")
        }
        self.init(
            shortest, longest, oddOneIn: try object.readIfPresent("oddOneIn") ?? 0,
            stretch: try object.readIfPresent("stretch") ?? 10)
        try object.finish()
    }

    var json: JSON {
        jsonObject([
            ("shortest", shortest), ("longest", longest),
            ("oddOneIn", oddOneIn == 0 ? nil : oddOneIn),
            ("stretch", stretch == 10 ? nil : stretch),
        ])
    }
}
