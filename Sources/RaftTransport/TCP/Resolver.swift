// SPDX-License-Identifier: Apache-2.0

import Platform

/// Looks up host names on a thread of its own, because that may take seconds.
struct Resolver: Sendable {
    private struct Job: Sendable {
        let text: String
        let completion: @Sendable (Result<[SocketAddress], AddressError>) -> Void
    }

    private let worker: Worker<Job>

    /// Starts the thread.
    /// - Parameter capacity: How many look-ups may wait, at least 1.
    init(capacity: Int) {
        worker = Worker(name: "raft-resolver", capacity: capacity) { jobs in
            for job in jobs {
                job.completion(
                    Result { () throws(AddressError) in try SocketAddress.all(parsing: job.text) })
            }
        }
    }

    /// Looks up `host:port`; false, and nothing will be said, if too many look-ups wait.
    /// - Parameter completion: Called on the resolver's thread.
    func resolve(
        _ text: String,
        completion: @escaping @Sendable (Result<[SocketAddress], AddressError>) -> Void
    ) -> Bool {
        worker.submit(Job(text: text, completion: completion))
    }

    /// Ends the thread after the look-up it is at.
    func stop() { worker.stop(drain: false) }
}
