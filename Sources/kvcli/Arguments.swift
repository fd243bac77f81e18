// SPDX-License-Identifier: Apache-2.0

/// What the command line asks for.
struct Arguments: Equatable {
    enum Format: String, CaseIterable {
        case simple, table, json
    }

    enum Consistency: String, CaseIterable {
        case linearizable, stale
    }

    enum Action: Equatable {
        case help
        case version
        /// Commands from standard input, one a line.
        case session
        /// Many commands from standard input, without waiting in between.
        case pipe
        /// One command of the server, as it is.
        case command([[UInt8]])
        case endpoint(EndpointCommand)
    }

    static let defaultEndpoint = "127.0.0.1:6379"
    static let maximumEndpoints = 64

    var endpoints = [defaultEndpoint]
    var format = Format.simple
    var consistency = Consistency.linearizable
    var timeout = Duration.seconds(5)
    /// Whether the command's last argument is what standard input holds.
    var takesValueFromInput = false
    var action = Action.session

    /// Reads the command line, without the program's name.
    ///
    /// Options stand before the command: what follows its name belongs to it, as in redis-cli. Only
    /// kvcli's own commands take options behind them too.
    init(
        parsing arguments: [[UInt8]], environment: [String: String]
    ) throws(Complaint) {
        if let text = environment["KVCLI_ENDPOINTS"], !text.isEmpty {
            endpoints = try Self.endpoints(text, from: "KVCLI_ENDPOINTS")
        }
        var rest = arguments[...]
        try takeOptions(from: &rest)
        guard let first = rest.first else {
            if takesValueFromInput { throw Self.usage("-x needs a command to add the value to") }
            return
        }
        if action == .pipe { throw Self.usage("--pipe takes its commands from standard input") }
        if action != .session { return }
        switch String(decoding: first, as: UTF8.self) {
        case "help", "HELP": action = .help
        case "endpoint":
            rest = rest.dropFirst()
            try takeEndpointCommand(from: &rest)
        default: action = .command(Array(rest))
        }
    }

    /// A complaint about the command line.
    static func usage(_ message: String) -> Complaint {
        Complaint("\(message). See: kvcli --help", .badUsage)
    }

    private mutating func takeEndpointCommand(
        from rest: inout ArraySlice<[UInt8]>
    ) throws(Complaint) {
        try takeOptions(from: &rest)
        let names = EndpointCommand.allCases.map(\.rawValue).joined(separator: ", ")
        guard let word = rest.popFirst().map({ String(decoding: $0, as: UTF8.self) }) else {
            throw Self.usage("endpoint needs one of: \(names)")
        }
        guard let command = EndpointCommand(rawValue: word) else {
            throw Self.usage("endpoint \(word) is unknown; there are: \(names)")
        }
        try takeOptions(from: &rest)
        if let extra = rest.first {
            let text = String(decoding: extra, as: UTF8.self)
            throw Self.usage("endpoint \(word) takes no argument \"\(text)\"")
        }
        if takesValueFromInput { throw Self.usage("-x has no meaning for endpoint \(word)") }
        if action == .session { action = .endpoint(command) }
    }

    private mutating func takeOptions(from rest: inout ArraySlice<[UInt8]>) throws(Complaint) {
        while let bytes = rest.first, bytes.count > 1, bytes.first == UInt8(ascii: "-") {
            rest = rest.dropFirst()
            let word = String(decoding: bytes, as: UTF8.self)
            if word == "--" { return }
            let parts = word.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            let isAssigned = word.hasPrefix("--") && parts.count == 2
            let name = isAssigned ? String(parts[0]) : word
            func value() throws(Complaint) -> String {
                if isAssigned { return String(parts[1]) }
                guard let next = rest.popFirst() else { throw Self.usage("\(name) needs a value") }
                return String(decoding: next, as: UTF8.self)
            }
            switch name {
            case "--endpoints": endpoints = try Self.endpoints(try value(), from: name)
            case "-w", "--write-out": format = try Self.choice(try value(), of: name)
            case "--consistency": consistency = try Self.choice(try value(), of: name)
            case "--timeout": timeout = try Self.seconds(try value(), of: name)
            case "-x" where !isAssigned: takesValueFromInput = true
            case "--pipe" where !isAssigned: action = .pipe
            case "--help" where !isAssigned: action = .help
            case "--version" where !isAssigned: action = .version
            case "-h", "-p":
                throw Self.usage(
                    "unknown option \(name); name the server with --endpoints HOST:PORT")
            default: throw Self.usage("unknown option \(name)")
            }
        }
    }

    private static func endpoints(
        _ text: String, from source: String
    ) throws(Complaint) -> [String] {
        let list = text.split(separator: ",", omittingEmptySubsequences: false).map { part in
            String(part.drop(while: { $0 == " " }).prefix(while: { $0 != " " }))
        }
        guard list.allSatisfy({ !$0.isEmpty }) else {
            throw usage("\(source) \"\(text)\" has an empty entry; write HOST:PORT,HOST:PORT,…")
        }
        guard list.count <= maximumEndpoints else {
            throw usage(
                "\(source) has \(list.count) entries, at most \(maximumEndpoints) make sense")
        }
        return list
    }

    private static func choice<Choice: RawRepresentable & CaseIterable>(
        _ text: String, of name: String
    ) throws(Complaint) -> Choice where Choice.RawValue == String {
        guard let choice = Choice(rawValue: text) else {
            let names = Choice.allCases.map(\.rawValue).joined(separator: ", ")
            throw usage("\(name) can't be \"\(text)\", only one of: \(names)")
        }
        return choice
    }

    private static func seconds(_ text: String, of name: String) throws(Complaint) -> Duration {
        guard let seconds = Double(text), seconds > 0, seconds <= 86400 else {
            throw usage("\(name) \"\(text)\" is no number of seconds above 0 and up to 86400")
        }
        return .seconds(seconds)
    }
}
