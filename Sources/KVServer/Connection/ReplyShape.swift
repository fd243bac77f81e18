// SPDX-License-Identifier: Apache-2.0

/// How the output of a command in the log becomes a reply, where the output alone does not say.
enum ReplyShape: UInt8, Sendable {
    /// As it is.
    case plain
    /// A write that was done is 1, one whose condition failed 0 (`SETNX`).
    case done
}
