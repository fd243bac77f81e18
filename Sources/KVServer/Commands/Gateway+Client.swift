// SPDX-License-Identifier: Apache-2.0

internal import RESP
internal import Raft

extension Gateway {
    /// `CLIENT ID | INFO | LIST | GETNAME | SETNAME | SETINFO | NO-EVICT | NO-TOUCH | HELP`
    mutating func client(_ place: Int, _ arguments: RequestArguments) -> Step {
        if arguments.matches(1, "HELP") {
            return answer(place) { writer, out in
                writer.beginArray(Self.clientHelp.count, to: &out)
                for line in Self.clientHelp { writer.simpleString(line, to: &out) }
            }
        }
        switch arguments.count {
        case 2:
            if arguments.matches(1, "ID") {
                let id = Int64(sessions[place].identity.id)
                return answer(place) { $0.integer(id, to: &$1) }
            }
            if arguments.matches(1, "INFO") {
                let line = description(of: place) + "\n"
                return answer(place) { $0.verbatim(line, to: &$1) }
            }
            if arguments.matches(1, "LIST") { return listClients(place) }
            if arguments.matches(1, "GETNAME") { return getName(place) }
        case 3:
            if arguments.matches(1, "SETNAME") { return setName(place, arguments) }
            // There is no eviction, of clients or of keys: both wishes are fulfilled as they come.
            if arguments.matches(1, "NO-EVICT") || arguments.matches(1, "NO-TOUCH") {
                guard arguments.matches(2, "ON") || arguments.matches(2, "OFF") else {
                    return refuse(place, ErrorText.syntax)
                }
                return answer(place) { $0.ok(to: &$1) }
            }
        case 4:
            if arguments.matches(1, "SETINFO") { return setInfo(place, arguments) }
        default: break
        }
        if let name = Self.clientSubcommands.first(where: { arguments.matches(1, $0.word) })?.name {
            return refuse(place, ErrorText.wrongArity("client|" + name))
        }
        return refuse(place, ErrorText.unknownSubcommand(arguments, of: "CLIENT"))
    }

    private static var clientSubcommands: [(word: StaticString, name: String)] {
        [
            ("ID", "id"), ("INFO", "info"), ("LIST", "list"), ("GETNAME", "getname"),
            ("SETNAME", "setname"), ("SETINFO", "setinfo"), ("NO-EVICT", "no-evict"),
            ("NO-TOUCH", "no-touch"),
        ]
    }

    private static var clientHelp: [String] {
        [
            "CLIENT <subcommand> [<arg> [value] [opt] ...]. Subcommands are:",
            "GETNAME", "    Return the name of the current connection.",
            "ID", "    Return the ID of the current connection.",
            "INFO", "    Return information about the current client connection.",
            "LIST", "    Return information about client connections.",
            "SETINFO (LIB-NAME|LIB-VER) <value>", "    Say which client library is used.",
            "SETNAME <name>", "    Assign the name <name> to the current connection.",
            "HELP", "    Prints this help.",
        ]
    }

    private mutating func getName(_ place: Int) -> Step {
        let name = sessions[place].identity.name
        return answer(place) { writer, out in
            if name.isEmpty { writer.null(to: &out) } else { writer.bulk(name, to: &out) }
        }
    }

    private mutating func setName(_ place: Int, _ arguments: RequestArguments) -> Step {
        guard let name = printableName(arguments, 2) else {
            return refuse(place, ErrorText.clientName)
        }
        sessions[place].identity.name = name
        return answer(place) { $0.ok(to: &$1) }
    }

    private mutating func setInfo(_ place: Int, _ arguments: RequestArguments) -> Step {
        let isName = arguments.matches(2, "LIB-NAME")
        guard isName || arguments.matches(2, "LIB-VER") else {
            return refuse(place, ErrorText.unrecognizedOption(arguments, 2))
        }
        guard let value = printableName(arguments, 3) else {
            let what = isName ? "lib-name" : "lib-ver"
            return refuse(
                place, "ERR \(what) cannot contain spaces, newlines or special characters.")
        }
        if isName {
            sessions[place].identity.libraryName = value
        } else {
            sessions[place].identity.libraryVersion = value
        }
        return answer(place) { $0.ok(to: &$1) }
    }

    private mutating func listClients(_ place: Int) -> Step {
        var text = ""
        for other in sessions.indices where sessions[other].isOpen {
            text += description(of: other) + "\n"
        }
        return answer(place) { $0.verbatim(text, to: &$1) }
    }

    /// A line of `CLIENT LIST`, in the fields of Redis that mean something here.
    private func description(of place: Int) -> String {
        let session = sessions[place]
        let identity = session.identity
        let isReadOnly = session.consistency != .linearizable
        return """
            id=\(identity.id) addr=\(identity.address) name=\(identity.name) \
            age=\((now - identity.connectedAt) / 1000) \
            idle=\((now - identity.lastActiveAt) / 1000) \
            flags=\(isReadOnly ? "r" : "N") db=0 sub=0 psub=0 ssub=0 multi=-1 \
            qbuf=\(session.unread.count) obl=\(session.replies.pendingBytes) oll=0 \
            omem=\(session.replies.pendingBytes) owed=\(session.replies.owedCount) \
            cmd=\(identity.lastCommand?.name ?? "NULL") user=default redir=-1 \
            resp=\(session.version.rawValue) lib-name=\(identity.libraryName) \
            lib-ver=\(identity.libraryVersion)
            """
    }
}
