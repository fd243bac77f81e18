// SPDX-License-Identifier: Apache-2.0

extension Search {
    /// Puts a known operation into the order, and all reads that fit then; nothing changes if this is
    /// known to fail.
    /// - Parameters:
    ///   - operation: A candidate of the top frame, in its present variant; nil to begin.
    ///   - state: The state after it.
    mutating func enter(_ operation: Int?, state: Int) {
        let orderStart = order.count
        var firstOpen = 0
        var firstReturn = 0
        var last = 0
        var hash: UInt64 = 0
        var variant: Int?
        var source: Int?
        if let operation, let top = frames.last {
            (firstOpen, firstReturn) = (top.firstOpen, top.firstReturn)
            (last, hash) = (top.known.words.upperBound - 1, top.known.hash)
            variant = top.variant
            placeUnknown(of: top)
            place(operation, &last, &hash)
            let isSource = !calls.dependents[operation].isEmpty
            source = isSource ? operation : variants.sources[top.variant]
            if isLost(variants.sources[top.variant], state) || isSource && isLost(source, state) {
                unplace(to: orderStart)
                return
            }
        }
        skipPlaced(&firstOpen, &firstReturn)
        let read = placeReads(state, firstOpen, &firstReturn, &last, &hash)
        if read { skipPlaced(&firstOpen, &firstReturn) }
        let first = firstOpen >> 6
        let known = FailedConfigurations.Known(words: first..<max(first, last) + 1, hash: hash)
        variants.begin(from: variant, state: state, source: source)
        let variantStart = variants.count - 1
        if isFailed(known, variantStart) {
            variants.removeLast(to: variantStart)
            unplace(to: orderStart)
            return
        }
        let candidateStart = candidates.count
        collectCandidates(firstOpen, firstReturn)
        frames.append(
            Frame(
                orderStart: orderStart, variantStart: variantStart,
                candidateStart: candidateStart, candidateEnd: candidates.count,
                branchStart: branches.count, firstOpen: firstOpen, firstReturn: firstReturn,
                known: known, variant: variantStart, underived: variantStart,
                candidate: candidateStart))
    }

    /// Gives the top frame up: it fails, in all its variants.
    mutating func leave() {
        guard let top = frames.popLast() else { preconditionFailure("no frame to leave") }
        for variant in top.variantStart..<variants.count {
            failed.insert(
                top.known, in: placed, unknown: variants.sets, offset: variant * variants.width,
                state: variants.states[variant])
        }
        variants.removeLast(to: top.variantStart)
        candidates.removeLast(candidates.count - top.candidateStart)
        unplace(to: top.orderStart)
    }

    func isFailed(_ known: FailedConfigurations.Known, _ variant: Int) -> Bool {
        failed.covers(
            known, in: placed, unknown: variants.sets, offset: variant * variants.width,
            state: variants.states[variant])
    }

    /// Whether a state is no good for an operation whose source is in the order already.
    func isLost(_ source: Int?, _ state: Int) -> Bool {
        guard let source else { return false }
        let dependents = source < 0 ? calls.unknownDependents[~source] : calls.dependents[source]
        guard let open = dependents.first(where: { !placed.contains($0) }) else { return false }
        return !model.allows(calls.known[open], after: table[state])
    }

    private mutating func place(_ operation: Int, _ last: inout Int, _ hash: inout UInt64) {
        placed.insert(operation)
        order.append(operation)
        last = max(last, operation >> 6)
        hash ^= BitSet.mix(operation)
    }

    /// Puts the unknown operations of the present variant into the order.
    private mutating func placeUnknown(of top: Frame) {
        let start = order.count
        var variant = top.variant
        while variants.operations[variant] >= 0 {
            order.append(~variants.operations[variant])
            variant = variants.parents[variant]
        }
        order[start...].reverse()
    }

    private mutating func unplace(to length: Int) {
        while order.count > length {
            let operation = order.removeLast()
            if operation >= 0 { placed.remove(operation) }
        }
    }

    private func skipPlaced(_ firstOpen: inout Int, _ firstReturn: inout Int) {
        while firstOpen < calls.known.count, placed.contains(firstOpen) { firstOpen += 1 }
        while firstReturn < calls.known.count, placed.contains(calls.byReturn[firstReturn]) {
            firstReturn += 1
        }
    }

    /// Puts every read into the order that may come next and leaves the state what it is.
    /// - Returns: Whether there was one.
    private mutating func placeReads(
        _ state: Int, _ firstOpen: Int, _ firstReturn: inout Int, _ last: inout Int,
        _ hash: inout UInt64
    ) -> Bool {
        var found = false
        var index = firstOpen
        while firstReturn < calls.known.count, index < calls.known.count,
            calls.known[index].callPosition < horizon(firstReturn)
        {
            if calls.isRead[index], !placed.contains(index), isNext(index),
                fits(index, state, firstReturn)
            {
                place(index, &last, &hash)
                found = true
                while firstReturn < calls.known.count,
                    placed.contains(calls.byReturn[firstReturn])
                { firstReturn += 1 }
            }
            index += 1
        }
        return found
    }

    /// Whether all known operations before one in its sequence are in the order.
    func isNext(_ operation: Int) -> Bool {
        let previous = calls.sequences.previous[operation]
        return previous < 0 || placed.contains(previous)
    }

    /// Whether a known operation may come next and leave the state what it is.
    mutating func fits(_ operation: Int, _ state: Int, _ firstReturn: Int) -> Bool {
        step(state, calls.known[operation], by: latest(firstReturn))
        return outcomes.contains(table[state])
    }

    /// Finds the known operations that may come next, in the order of their returns.
    private mutating func collectCandidates(_ firstOpen: Int, _ firstReturn: Int) {
        guard firstReturn < calls.known.count else { return }
        let start = candidates.count
        let horizon = horizon(firstReturn)
        var index = firstOpen
        while index < calls.known.count, calls.known[index].callPosition < horizon {
            if !placed.contains(index), isNext(index) {
                var place = candidates.count
                candidates.append(index)
                while place > start,
                    calls.returnRank[candidates[place - 1]] > calls.returnRank[index]
                {
                    candidates[place] = candidates[place - 1]
                    place -= 1
                }
                candidates[place] = index
            }
            index += 1
        }
    }
}
