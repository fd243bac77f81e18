// SPDX-License-Identifier: Apache-2.0

/// Rounds under way, found by token in constant time; tokens are given in order.
///
/// Rounds end in any order. One that has ended leaves a hole until all before it have ended, so the
/// length is bounded by how long the oldest may take.
struct RoundQueue<Round> {
    private var rounds: [Round?] = []
    /// The token of `rounds[0]`.
    private var firstToken: UInt64 = 1
    /// Holes at the front.
    private var start = 0

    /// The token that the next round gets.
    var nextToken: UInt64 { firstToken + UInt64(rounds.count) }

    /// Whether no round is under way.
    var isEmpty: Bool { start == rounds.count }

    /// Adds a round, whose token was ``nextToken``.
    mutating func append(_ round: Round) { rounds.append(round) }

    /// A round under way, to be looked at and changed in place; nil if it has ended.
    subscript(token: UInt64) -> Round? {
        get { index(of: token).flatMap { rounds[$0] } }
        _modify {
            if let index = index(of: token) {
                yield &rounds[index]
            } else {
                var none: Round?
                yield &none
                precondition(none == nil, "round \(token) was not appended")
            }
        }
    }

    /// Takes a round out that ends; nil if it has ended.
    mutating func take(_ token: UInt64) -> Round? {
        guard let index = index(of: token), let round = rounds[index] else { return nil }
        rounds[index] = nil
        while start < rounds.count, rounds[start] == nil { start += 1 }
        compact()
        return round
    }

    /// Takes the oldest round out, if its token is at most `token`.
    mutating func takeFirst(through token: UInt64) -> Round? {
        guard start < rounds.count, firstToken + UInt64(start) <= token else { return nil }
        return take(firstToken + UInt64(start))
    }

    private func index(of token: UInt64) -> Int? {
        token >= firstToken && token < nextToken ? Int(token - firstToken) : nil
    }

    private mutating func compact() {
        if start == rounds.count {
            firstToken += UInt64(rounds.count)
            rounds.removeAll(keepingCapacity: true)
            start = 0
        } else if start > 64, start > rounds.count / 2 {
            rounds.removeFirst(start)
            firstToken += UInt64(start)
            start = 0
        }
    }
}
