// SPDX-License-Identifier: Apache-2.0

internal import KVStateMachine
internal import RESP

extension Gateway {
    /// `SET key value [NX | XX] [GET] [EX s | PX ms | EXAT s | PXAT ms | KEEPTTL]`
    @inline(__always)
    mutating func set(_ place: Int, _ arguments: RequestArguments) -> Step {
        var options = SetOptions()
        if arguments.count > 3 {
            do throws(KVError) {
                guard let parsed = try SetOptions(parsing: arguments) else {
                    return refuse(place, ErrorText.syntax)
                }
                options = parsed
            } catch {
                return refuse(place, error.message)
            }
        }
        return propose(place, options, arguments)
    }

    /// `SETNX key value`
    mutating func setnx(_ place: Int, _ arguments: RequestArguments) -> Step {
        propose(place, SetOptions(condition: .ifAbsent), arguments, shape: .done)
    }

    /// `SETEX key seconds value`, `PSETEX key milliseconds value`
    mutating func setex(
        _ place: Int, _ arguments: RequestArguments, _ name: KVExpiryCommand
    ) -> Step {
        do throws(KVError) {
            guard let time = arguments.integer(at: 2) else { throw .notAnInteger }
            let expiry = SetOptions.Expiry.deadline(
                .after(milliseconds: name == .setex ? try name.milliseconds(seconds: time) : time))
            return propose(place, SetOptions(expiry: expiry, name: name), arguments, valueAt: 3)
        } catch {
            return refuse(place, error.message)
        }
    }

    /// `GETSET key value`
    mutating func getset(_ place: Int, _ arguments: RequestArguments) -> Step {
        propose(place, SetOptions(returnsOldValue: true), arguments)
    }

    @inline(__always)
    private mutating func propose(
        _ place: Int, _ options: SetOptions, _ arguments: RequestArguments, valueAt: Int = 2,
        shape: ReplyShape = .plain
    ) -> Step {
        let encoder = encoder
        return propose(place, shape, answersValue: options.returnsOldValue) {
            writer throws(KVError) in
            try unsafe encoder.set(arguments[1], arguments[valueAt], options, to: &writer)
        }
    }

    /// `MSET key value [key value …]`
    mutating func mset(_ place: Int, _ arguments: RequestArguments) -> Step {
        guard arguments.count % 2 == 1 else {
            return refuse(place, ErrorText.wrongArity(Command.mset.name))
        }
        let encoder = encoder
        return propose(place) { writer throws(KVError) in
            try unsafe encoder.mset(count: arguments.count / 2, to: &writer) { pair in
                unsafe (arguments[1 + 2 * pair], arguments[2 + 2 * pair])
            }
        }
    }

    /// `APPEND key value`
    mutating func append(_ place: Int, _ arguments: RequestArguments) -> Step {
        let encoder = encoder
        return propose(place) { writer throws(KVError) in
            try unsafe encoder.append(arguments[1], arguments[2], to: &writer)
        }
    }

    /// `INCR key`, `DECR key`
    mutating func increment(
        _ place: Int, _ arguments: RequestArguments, by increment: Int64
    ) -> Step {
        let encoder = encoder
        return propose(place) { writer throws(KVError) in
            try unsafe encoder.incrBy(arguments[1], increment, to: &writer)
        }
    }

    /// `INCRBY key increment`
    mutating func incrby(_ place: Int, _ arguments: RequestArguments) -> Step {
        guard let number = arguments.integer(at: 2) else {
            return refuse(place, ErrorText.notAnInteger)
        }
        return increment(place, arguments, by: number)
    }

    /// `DECRBY key decrement`
    mutating func decrby(_ place: Int, _ arguments: RequestArguments) -> Step {
        guard let number = arguments.integer(at: 2) else {
            return refuse(place, ErrorText.notAnInteger)
        }
        // The least number has no opposite.
        guard number != .min else { return refuse(place, KVError.decrementOverflow.message) }
        return increment(place, arguments, by: -number)
    }
}
