// SPDX-License-Identifier: Apache-2.0

extension Search {
    /// The next way on from the top frame, or nil if all have been tried or the budget is used up.
    mutating func nextBranch() -> Branch? {
        let top = frames.count - 1
        while steps < budget {
            if branches.count > frames[top].branchStart { return branches.removeLast() }
            if !frames[top].isForced, frames[top].candidate < frames[top].candidateEnd {
                tryCandidate(top)
            } else if !nextVariant(top) {
                return nil
            }
        }
        return nil
    }

    /// Finds where the next candidate leads to.
    private mutating func tryCandidate(_ top: Int) {
        let operation = candidates[frames[top].candidate]
        frames[top].candidate += 1
        step(
            variants.states[frames[top].variant], calls.known[operation],
            by: latest(frames[top].firstReturn))
        for outcome in outcomes.reversed() {
            branches.append(Branch(operation: operation, state: table.number(of: outcome)))
        }
    }

    /// Goes on to the next variant of the top frame, deriving it if there is none yet.
    /// - Returns: Whether there is one.
    private mutating func nextVariant(_ top: Int) -> Bool {
        frames[top].variant += 1
        frames[top].candidate = frames[top].candidateStart
        frames[top].isForced = false
        while frames[top].variant == variants.count {
            guard frames[top].underived < variants.count else { return false }
            derive(top, from: frames[top].underived)
            frames[top].underived += 1
        }
        let state = variants.states[frames[top].variant]
        for candidate in frames[top].candidateStart..<frames[top].candidateEnd {
            let operation = candidates[candidate]
            if calls.isRead[operation], fits(operation, state, frames[top].firstReturn) {
                branches.append(Branch(operation: operation, state: state))
                frames[top].isForced = true
                variants.close(frames[top].variant)
                break
            }
        }
        return true
    }

    /// Derives the variants with one more unknown operation.
    private mutating func derive(_ top: Int, from variant: Int) {
        guard !variants.isClosed[variant] else { return }
        let frame = frames[top]
        let horizon = horizon(frame.firstReturn)
        let latest = latest(frame.firstReturn)
        for index in calls.unknown.indices {
            guard steps < budget, calls.unknown[index].callPosition < horizon else { break }
            if variants.contains(index, in: variant) { continue }
            let twin = calls.twin[index]
            if twin >= 0, !variants.contains(twin, in: variant) { continue }
            guard isInSequence(index, in: variant) else { continue }
            step(variants.states[variant], calls.unknown[index], by: latest)
            let source = variants.sources[variant]
            let isSource = !calls.unknownDependents[index].isEmpty
            for outcome in outcomes {
                let state = table.number(of: outcome)
                if isLost(source, state) || isSource && isLost(~index, state) { continue }
                variants.derive(
                    from: variant, index, state: state, source: isSource ? ~index : source)
                if variants.lastIsCovered(since: frame.variantStart)
                    || isFailed(frame.known, variants.count - 1)
                {
                    variants.removeLast(to: variants.count - 1)
                }
            }
        }
    }

    /// Whether an unknown operation may come next as far as its sequence is concerned.
    private func isInSequence(_ operation: Int, in variant: Int) -> Bool {
        let previous = calls.sequences.previousOfUnknown[operation]
        if previous >= 0, !placed.contains(previous) { return false }
        let following = calls.sequences.following[operation]
        if following >= 0, placed.contains(following) { return false }
        return !calls.sequences.laterUnknown[operation].contains {
            variants.contains($0, in: variant)
        }
    }
}
