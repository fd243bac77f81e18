// SPDX-License-Identifier: Apache-2.0

import Synchronization

/// Tests run side by side, and several may rewrite one file.
final class RewriteLock: Sendable {
    private let mutex = Mutex<Void>(())

    func withLock(_ body: () -> Void) { mutex.withLock { _ in body() } }
}
