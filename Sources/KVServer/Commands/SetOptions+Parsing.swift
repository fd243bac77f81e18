// SPDX-License-Identifier: Apache-2.0

internal import KVStateMachine
internal import RESP

extension SetOptions {
    /// Reads what follows key and value in a `SET`.
    ///
    /// As Redis: options in any order and case, the same one any number of times, but none together
    /// with one it contradicts; a time is looked at only when all options are known to be right.
    /// - Returns: nil for a syntax error.
    /// - Throws: If the time is no integer or out of range.
    init?(parsing arguments: RequestArguments) throws(KVError) {
        self.init()
        var unit: Unit?
        var time = 0
        var keepsDeadline = false
        var index = 3
        while index < arguments.count {
            if arguments.matches(index, "NX"), condition != .ifPresent {
                condition = .ifAbsent
            } else if arguments.matches(index, "XX"), condition != .ifAbsent {
                condition = .ifPresent
            } else if arguments.matches(index, "GET") {
                returnsOldValue = true
            } else if arguments.matches(index, "KEEPTTL"), unit == nil {
                keepsDeadline = true
            } else if let next = Unit(arguments, index), !keepsDeadline, unit ?? next == next,
                index + 1 < arguments.count
            {
                unit = next
                time = index + 1
                index += 1
            } else {
                return nil
            }
            index += 1
        }
        if keepsDeadline { expiry = .keep }
        if let unit { expiry = .deadline(try unit.deadline(arguments.integer(at: time))) }
    }

    /// How the time in a `SET` is meant.
    private enum Unit {
        case ex, px, exat, pxat

        init?(_ arguments: RequestArguments, _ index: Int) {
            if arguments.matches(index, "EX") {
                self = .ex
            } else if arguments.matches(index, "PX") {
                self = .px
            } else if arguments.matches(index, "EXAT") {
                self = .exat
            } else if arguments.matches(index, "PXAT") {
                self = .pxat
            } else {
                return nil
            }
        }

        func deadline(_ time: Int64?) throws(KVError) -> KVDeadline {
            guard let time else { throw .notAnInteger }
            let name = KVExpiryCommand.set
            return switch self {
            case .ex: .after(milliseconds: try name.milliseconds(seconds: time))
            case .px: .after(milliseconds: time)
            case .exat: .at(milliseconds: try name.milliseconds(seconds: time))
            case .pxat: .at(milliseconds: time)
            }
        }
    }
}
