// SPDX-License-Identifier: Apache-2.0

import KVClient

/// Counts in the cluster from several tasks at once, for as long as it is told to.
///
/// Kill any member in the meantime, also the one that is talked to: the counter grows by exactly the number
/// of acknowledged increments.
///
///     exactly-once-counter 127.0.0.1:6379,127.0.0.1:6380,127.0.0.1:6381 visits 10
@main struct ExactlyOnceCounter {
    static func main() async throws {
        let arguments = CommandLine.arguments
        guard arguments.count == 4, let seconds = Int(arguments[3]) else {
            return print("usage: exactly-once-counter HOST:PORT,HOST:PORT,… KEY SECONDS")
        }
        let endpoints = arguments[1].split(separator: ",").map(String.init)
        let end = ContinuousClock.now + .seconds(seconds)

        let tally = try await KVClient.with(endpoints: endpoints) { client in
            await withTaskGroup(of: Tally.self) { tasks in
                for _ in 0..<8 {
                    tasks.addTask { await count(arguments[2], with: client, until: end) }
                }
                var sum = Tally()
                for await tally in tasks { sum.add(tally) }
                return sum
            }
        }
        print(
            "acknowledged=\(tally.acknowledged) unknown=\(tally.unknown)"
                + " not_executed=\(tally.notExecuted) longest_ms=\(tally.longest.milliseconds)")
    }

    private static func count(
        _ key: String, with client: KVClient, until end: ContinuousClock.Instant
    ) async -> Tally {
        var tally = Tally()
        while ContinuousClock.now < end {
            let start = ContinuousClock.now
            do throws(ClientError) {
                try await client.increment(key)
                tally.acknowledged += 1
            } catch {
                // The cluster was of no use for as long as the client's timeout.
                print(error)
                if error.mayHaveTakenEffect { tally.unknown += 1 } else { tally.notExecuted += 1 }
            }
            tally.longest = max(tally.longest, ContinuousClock.now - start)
        }
        return tally
    }
}

/// What became of increments.
struct Tally: Sendable {
    var acknowledged = 0
    var unknown = 0
    var notExecuted = 0
    var longest = Duration.zero

    mutating func add(_ other: Tally) {
        acknowledged += other.acknowledged
        unknown += other.unknown
        notExecuted += other.notExecuted
        longest = max(longest, other.longest)
    }
}

extension Duration {
    fileprivate var milliseconds: Int64 { Int64(self / .milliseconds(1)) }
}
