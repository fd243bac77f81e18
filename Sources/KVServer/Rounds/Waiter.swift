// SPDX-License-Identifier: Apache-2.0

/// Who waits for an outcome: a place in the table of sessions, and which of its replies.
struct Waiter {
    let session: UInt32
    let generation: UInt32
    let reply: UInt32
}
