// SPDX-License-Identifier: Apache-2.0

internal import RESP

extension Gateway {
    /// `CONFIG GET pattern [pattern …]`, `CONFIG RESETSTAT`; `CONFIG SET` is always refused
    mutating func config(_ place: Int, _ arguments: RequestArguments) -> Step {
        if arguments.matches(1, "GET") {
            guard arguments.count > 2 else {
                return refuse(place, ErrorText.wrongArity("config|get"))
            }
            let patterns = (2..<arguments.count).map { arguments.bytes(at: $0) }
            let found = parameters.filter { parameter in
                patterns.contains { GlobPattern.matches(parameter.name, $0) }
            }
            return answer(place) { writer, out in
                writer.beginMap(found.count, to: &out)
                for (name, value) in found {
                    writer.bulk(name, to: &out)
                    writer.bulk(value, to: &out)
                }
            }
        }
        if arguments.matches(1, "SET") {
            guard arguments.count >= 4 else {
                return refuse(place, ErrorText.wrongArity("config|set"))
            }
            // Flags, the environment and the file are where this member is configured.
            let isKnown = parameters.contains {
                GlobPattern.matches($0.name, arguments.bytes(at: 2))
            }
            return refuse(
                place,
                isKnown
                    ? ErrorText.immutableParameter(arguments, 2)
                    : ErrorText.unknownParameter(arguments, 2))
        }
        if arguments.matches(1, "RESETSTAT") {
            guard arguments.count == 2 else {
                return refuse(place, ErrorText.wrongArity("config|resetstat"))
            }
            statistics = GatewayStatistics()
            return answer(place) { $0.ok(to: &$1) }
        }
        return refuse(place, ErrorText.unknownSubcommand(arguments, of: "CONFIG"))
    }

    /// What `CONFIG GET` can show: parameters of Redis as they would read if this were one.
    private var parameters: [(name: String, value: String)] {
        [
            // Every write is in a log on disk before it is acknowledged; nothing is saved besides.
            ("appendonly", "yes"), ("appendfsync", "always"), ("save", ""), ("databases", "1"),
            ("maxclients", String(options.maximumClients)), ("maxmemory", "0"),
            ("maxmemory-policy", "noeviction"), ("port", String(options.port)),
            ("proto-max-bulk-len", String(options.maximumArgumentBytes)), ("timeout", "0"),
            ("cluster-enabled", "no"),
        ]
    }
}
