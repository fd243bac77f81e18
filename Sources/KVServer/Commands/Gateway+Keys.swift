// SPDX-License-Identifier: Apache-2.0

internal import KVStateMachine
internal import RESP

extension Gateway {
    /// `DEL key [key …]`, `UNLINK key [key …]`
    mutating func del(_ place: Int, _ arguments: RequestArguments) -> Step {
        let encoder = encoder
        return propose(place) { writer throws(KVError) in
            try unsafe encoder.del(count: arguments.count - 1, to: &writer) {
                unsafe arguments[1 + $0]
            }
        }
    }

    /// `PERSIST key`
    mutating func persist(_ place: Int, _ arguments: RequestArguments) -> Step {
        let encoder = encoder
        return propose(place) { writer throws(KVError) in
            try unsafe encoder.persist(arguments[1], to: &writer)
        }
    }

    /// `EXPIRE key seconds` and its three sisters.
    mutating func expire(
        _ place: Int, _ arguments: RequestArguments, _ name: KVExpiryCommand
    ) -> Step {
        // NX, XX, GT and LT are to come.
        guard arguments.count == 3 else {
            return refuse(place, ErrorText.unsupportedOption(arguments, 3))
        }
        let encoder = encoder
        do throws(KVError) {
            guard let time = arguments.integer(at: 2) else { throw .notAnInteger }
            let deadline: KVDeadline =
                switch name {
                case .expire: .after(milliseconds: try name.milliseconds(seconds: time))
                case .pexpire: .after(milliseconds: time)
                case .expireat: .at(milliseconds: try name.milliseconds(seconds: time))
                case .pexpireat: .at(milliseconds: time)
                case .set, .setex, .psetex, .getex:
                    preconditionFailure("\(name) is not one of the EXPIRE family")
                }
            return propose(place) { writer throws(KVError) in
                try unsafe encoder.expire(arguments[1], deadline, name: name, to: &writer)
            }
        } catch {
            return refuse(place, error.message)
        }
    }

    /// `FLUSHALL [ASYNC | SYNC]`, `FLUSHDB [ASYNC | SYNC]`
    mutating func flushAll(_ place: Int, _ arguments: RequestArguments) -> Step {
        let isKnown =
            arguments.count == 1
            || arguments.count == 2
                && (arguments.matches(1, "ASYNC") || arguments.matches(1, "SYNC"))
        guard isKnown else { return refuse(place, ErrorText.syntax) }
        let encoder = encoder
        return propose(place) { writer throws(KVError) in encoder.flushAll(to: &writer) }
    }
}
