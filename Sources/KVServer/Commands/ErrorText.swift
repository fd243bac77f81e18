// SPDX-License-Identifier: Apache-2.0

internal import RESP

/// The errors a gateway finds by itself, in the words of Redis 7.0 wherever Redis has some: clients
/// and test suites compare them literally.
enum ErrorText {
    static let syntax = "ERR syntax error"
    static let notAnInteger = "ERR value is not an integer or out of range"
    static let decrementOverflow = "ERR decrement would overflow"
    static let notAnInt32 =
        "ERR value is out of range, value must between -2147483648 and 2147483647"
    static let databaseOutOfRange = "ERR DB index is out of range"
    static let unsupportedProtocol = "NOPROTO unsupported protocol version"
    static let protocolNotAnInteger = "ERR Protocol version is not an integer or out of range"
    static let clientName =
        "ERR Client names cannot contain spaces, newlines or special characters."
    static let tokenLength = "ERR a token has 1 to 64 bytes"
    static let loading = "LOADING kvd is starting: it knows no leader yet; not executed"
    static let noPassword =
        "ERR AUTH <password> called without any password configured for the default user."
        + " Are you sure your configuration is correct?"

    static func wrongArity(_ name: String) -> String {
        "ERR wrong number of arguments for '\(name)' command"
    }

    static func isRead(_ command: Command, in container: Command) -> String {
        "ERR '\(command.name)' is a read: send it without \(container.name.uppercased());"
            + " not executed"
    }

    static func cannotBeCarried(_ command: Command, by container: Command) -> String {
        "ERR '\(command.name)' cannot be carried by \(container.name.uppercased());"
            + " not executed"
    }

    static func invalidTime(_ command: Command) -> String {
        "ERR invalid expire time in '\(command.name)' command"
    }

    /// Names the command and the beginning of its arguments, 128 bytes of each.
    static func unknownCommand(_ arguments: RequestArguments) -> [UInt8] {
        var text = bytes("ERR unknown command '")
        text += word(arguments, 0, limit: 128)
        text += bytes("', with args beginning with: ")
        var count = 0
        for index in 1..<max(1, arguments.count) {
            guard count < 128 else { break }
            let quoted = bytes("'") + word(arguments, index, limit: 128 - count) + bytes("' ")
            count += quoted.count
            text += quoted
        }
        return text
    }

    static func unknownSubcommand(
        _ arguments: RequestArguments, of container: String
    ) -> [UInt8] {
        bytes("ERR unknown subcommand '") + word(arguments, 1, limit: 128)
            + bytes("'. Try \(container) HELP.")
    }

    static func unrecognizedOption(_ arguments: RequestArguments, _ index: Int) -> [UInt8] {
        bytes("ERR Unrecognized option '") + word(arguments, index) + bytes("'")
    }

    static func unsupportedOption(_ arguments: RequestArguments, _ index: Int) -> [UInt8] {
        bytes("ERR Unsupported option ") + word(arguments, index)
    }

    static func helloOption(_ arguments: RequestArguments, _ index: Int) -> [UInt8] {
        bytes("ERR Syntax error in HELLO option '") + word(arguments, index) + bytes("'")
    }

    static func unknownParameter(_ arguments: RequestArguments, _ index: Int) -> [UInt8] {
        bytes("ERR Unknown option or number of arguments for CONFIG SET - '")
            + word(arguments, index) + bytes("'")
    }

    static func immutableParameter(_ arguments: RequestArguments, _ index: Int) -> [UInt8] {
        bytes("ERR CONFIG SET failed (possibly related to argument '") + word(arguments, index)
            + bytes("') - can't set immutable config")
    }

    private static func bytes(_ text: String) -> [UInt8] { Array(text.utf8) }

    /// An argument as C prints it: byte by byte, up to the first zero.
    private static func word(
        _ arguments: RequestArguments, _ index: Int, limit: Int = 1024
    ) -> ArraySlice<UInt8> {
        arguments.bytes(at: index).prefix { $0 != 0 }.prefix(limit)
    }
}
