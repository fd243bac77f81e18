// SPDX-License-Identifier: Apache-2.0

import Linearizability

/// One key, executed for real: one command at a time, each at an exact moment.
struct SerialStore {
    private var value: String?
    private var deadline: UInt64?

    /// Executes a command at a time.
    /// - Parameter error: How late a time limit that is set now is felt; negative: how early.
    mutating func execute(
        _ command: KeyValueCommand, at now: UInt64, error: Int64 = 0
    ) -> KeyValueAnswer {
        if let deadline, deadline <= now { (value, self.deadline) = (nil, nil) }
        func time(_ limit: KeyValueLimit) -> UInt64 {
            switch limit {
            case .after(let time): UInt64(max(0, Int64(now + time) + error))
            case .at(let time): UInt64(max(0, Int64(time) + error))
            }
        }
        switch command {
        case .get: return read
        case .exists: return .integer(value == nil ? 0 : 1)
        case .length: return .integer(Int64(value?.utf8.count ?? 0))
        case .timeToLive: return .integer(value == nil ? -2 : deadline == nil ? -1 : 5)
        case .set(let new, let options):
            let old = read
            if options.condition == .ifAbsent && value != nil
                || options.condition == .ifPresent && value == nil
            {
                return options.returnsOldValue ? old : .null
            }
            value = String(decoding: new, as: UTF8.self)
            switch options.limit {
            case .none: deadline = nil
            case .keep: break
            case .to(let limit): deadline = time(limit)
            }
            return options.returnsOldValue ? old : .ok
        case .delete:
            defer { (value, deadline) = (nil, nil) }
            return .integer(value == nil ? 0 : 1)
        case .add(let number):
            guard let old = Int64(value ?? "0"), "\(old)" == value ?? "0" else {
                return .failure(.notAnInteger)
            }
            value = "\(old + number)"
            return .integer(old + number)
        case .append(let more):
            value = (value ?? "") + String(decoding: more, as: UTF8.self)
            return .integer(Int64(value?.utf8.count ?? 0))
        case .expire(let limit):
            guard value != nil else { return .integer(0) }
            deadline = time(limit)
            return .integer(1)
        case .persist:
            guard deadline != nil else { return .integer(0) }
            deadline = nil
            return .integer(1)
        }
    }

    private var read: KeyValueAnswer { value.map { .value($0) } ?? .null }
}
