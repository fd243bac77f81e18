// SPDX-License-Identifier: Apache-2.0

extension RaftCore {
    /// What is wrong with the state, in one sentence; nil if nothing is.
    ///
    /// Checked after every event in debug builds and in simulation.
    package var invariantViolation: String? {
        if commitIndex > log.lastIndex { return "commit \(commitIndex) beyond \(log.lastIndex)" }
        if matched > log.lastIndex { return "matched \(matched) beyond \(log.lastIndex)" }
        if durability.durableIndex > log.lastIndex {
            return "durable \(durability.durableIndex) beyond \(log.lastIndex)"
        }
        if log.lastTerm > term { return "log term \(log.lastTerm) beyond term \(term)" }
        if sizes.last != log.lastIndex {
            return "sizes end at \(sizes.last), the log at \(log.lastIndex)"
        }
        if (leadership != nil) != (role == .leader) { return "\(role) with a leader's state" }
        if (campaign != nil) != (role == .preCandidate || role == .candidate) {
            return "\(role) with a candidate's state"
        }
        if role == .leader, leader != id { return "leader without knowing it" }
        if role == .leader, hardState.vote != id { return "leader without its own vote" }
        for progress in leadership?.progress ?? [] {
            if progress.match >= progress.next {
                return "match \(progress.match) not below next \(progress.next)"
            }
            if progress.match > log.lastIndex {
                return "member \(progress.member) matches beyond the log"
            }
        }
        return nil
    }
}
