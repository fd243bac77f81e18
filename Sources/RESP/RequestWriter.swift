// SPDX-License-Identifier: Apache-2.0

/// Appends commands to a byte array, as a client sends them.
public enum RequestWriter {
    /// Appends a command; its name is the first of `arguments`, of which there is at least one.
    public static func append(_ arguments: [[UInt8]], to out: inout [UInt8]) {
        let writer = start(arguments.count, to: &out)
        for argument in arguments { writer.bulk(argument, to: &out) }
    }

    /// Appends a command given as text.
    public static func append(_ arguments: [String], to out: inout [UInt8]) {
        let writer = start(arguments.count, to: &out)
        for argument in arguments { writer.bulk(argument, to: &out) }
    }

    private static func start(_ count: Int, to out: inout [UInt8]) -> ReplyWriter {
        precondition(count > 0, "a command without a name")
        let writer = ReplyWriter()
        writer.beginArray(count, to: &out)
        return writer
    }
}
