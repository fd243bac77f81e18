// SPDX-License-Identifier: Apache-2.0

internal import Raft

// What the recorder, if there is one, is told.
extension World {
    /// What has become of the members.
    func look() {
        guard let recorder else { return }
        for member in members { recorder.see(member, at: now) }
    }

    /// Calls were made, the newest.
    func noteCalls(from first: Int) {
        guard let recorder else { return }
        for call in first..<calls.calls.count {
            recorder.called(call, calls.calls[call], at: now)
        }
    }
}
