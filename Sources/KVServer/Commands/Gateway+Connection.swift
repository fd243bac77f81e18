// SPDX-License-Identifier: Apache-2.0

internal import RESP

extension Gateway {
    /// `PING [message]`
    mutating func ping(_ place: Int, _ arguments: RequestArguments) -> Step {
        switch arguments.count {
        case 1: answer(place) { $0.simpleString("PONG", to: &$1) }
        case 2: answer(place) { unsafe $0.bulk(arguments[1], to: &$1) }
        default: refuse(place, ErrorText.wrongArity(Command.ping.name))
        }
    }

    /// `HELLO [version [AUTH user password] [SETNAME name]]`
    mutating func hello(_ place: Int, _ arguments: RequestArguments) -> Step {
        var version = sessions[place].version
        var name: String?
        if arguments.count > 1 {
            guard let number = arguments.integer(at: 1) else {
                return refuse(place, ErrorText.protocolNotAnInteger)
            }
            guard let asked = Int(exactly: number).flatMap(ProtocolVersion.init(rawValue:)) else {
                return refuse(place, ErrorText.unsupportedProtocol)
            }
            version = asked
        }
        var index = 2
        while index < arguments.count {
            let left = arguments.count - 1 - index
            if arguments.matches(index, "AUTH"), left >= 2 {
                return refuse(place, ErrorText.noPassword)
            } else if arguments.matches(index, "SETNAME"), left >= 1 {
                guard let asked = printableName(arguments, index + 1) else {
                    return refuse(place, ErrorText.clientName)
                }
                name = asked
                index += 2
            } else {
                return refuse(place, ErrorText.helloOption(arguments, index))
            }
        }
        sessions[place].version = version
        if let name { sessions[place].identity.name = name }
        let id = Int64(sessions[place].identity.id)
        return answer(place) { writer, out in
            writer.beginMap(7, to: &out)
            writer.bulk("server", to: &out)
            writer.bulk("redis", to: &out)
            writer.bulk("version", to: &out)
            writer.bulk(GatewayOptions.redisVersion, to: &out)
            writer.bulk("proto", to: &out)
            writer.integer(Int64(version.rawValue), to: &out)
            writer.bulk("id", to: &out)
            writer.integer(id, to: &out)
            writer.bulk("mode", to: &out)
            writer.bulk("standalone", to: &out)
            writer.bulk("role", to: &out)
            // Every member takes writes.
            writer.bulk("master", to: &out)
            writer.bulk("modules", to: &out)
            writer.beginArray(0, to: &out)
        }
    }

    /// `SELECT index`: there is one database.
    mutating func select(_ place: Int, _ arguments: RequestArguments) -> Step {
        guard let index = arguments.integer(at: 1) else {
            return refuse(place, ErrorText.notAnInteger)
        }
        guard Int32(exactly: index) != nil else { return refuse(place, ErrorText.notAnInt32) }
        guard index == 0 else { return refuse(place, ErrorText.databaseOutOfRange) }
        return answer(place) { $0.ok(to: &$1) }
    }

    /// `TIME`: Unix time in seconds, and the microseconds in that second.
    mutating func time(_ place: Int) -> Step {
        let milliseconds = clusterTime
        return answer(place) { writer, out in
            writer.beginArray(2, to: &out)
            writer.bulk(String(milliseconds / 1000), to: &out)
            writer.bulk(String(milliseconds % 1000 * 1000), to: &out)
        }
    }

    /// An argument that may be shown in a list of clients: no spaces, no control characters.
    func printableName(_ arguments: RequestArguments, _ index: Int) -> String? {
        let isPrintable = unsafe arguments[index].allSatisfy { $0 > 0x20 && $0 < 0x7F }
        guard isPrintable, unsafe arguments[index].count <= 1024 else { return nil }
        return arguments.string(at: index)
    }
}
