// SPDX-License-Identifier: Apache-2.0

/// The operations of one history as the search needs them.
struct Calls<M: Model> {
    /// Those with an output, in the order of their calls. All of them must find a place.
    let known: [Operation<M.Input, M.Output>]
    /// Those without that may matter, in the order of their calls. Each may find a place.
    let unknown: [Operation<M.Input, M.Output>]
    /// The known ones in the order of their returns.
    let byReturn: [Int]
    /// The place of each known one in `byReturn`.
    let returnRank: [Int]
    /// Which known ones never change the state.
    let isRead: [Bool]
    /// For each unknown one, the one called before it with an equal input, or -1.
    ///
    /// It may be asked to go first: whatever an order does with the later one, the earlier one can
    /// do in its place.
    let twin: [Int]
    /// Which comes when in a sequence.
    let sequences: Sequences

    /// For each known one, the known ones of which it is the source (see ``Model/sources(_:)``).
    let dependents: [[Int]]
    /// The same for each unknown one.
    let unknownDependents: [[Int]]
    /// Where the known ones stand in the history.
    let knownPlaces: [Int]
    /// Where the unknown ones stand in the history.
    let unknownPlaces: [Int]

    /// Sorts operations out.
    init(_ operations: [Operation<M.Input, M.Output>], _ model: M) {
        let places = operations.indices.sorted {
            (operations[$0].callPosition, $0) < (operations[$1].callPosition, $1)
        }
        knownPlaces = places.filter { operations[$0].output != nil }
        let known = knownPlaces.map { operations[$0] }
        precondition(known.count < 1 << 22, "\(known.count) operations of one object")
        byReturn = known.indices.sorted {
            (known[$0].returnPosition, $0) < (known[$1].returnPosition, $1)
        }
        let end = byReturn.last.map { known[$0].returnPosition } ?? 0
        // What was called after the last return, or changes nothing, explains nothing.
        unknownPlaces = places.filter {
            operations[$0].output == nil && operations[$0].callPosition < end
                && !model.neverChangesState(operations[$0])
        }
        var returnRank = Array(repeating: 0, count: known.count)
        for (rank, index) in byReturn.enumerated() { returnRank[index] = rank }
        self.returnRank = returnRank
        isRead = known.map(model.neverChangesState)
        self.known = known
        unknown = unknownPlaces.map { operations[$0] }
        var latest: [M.Input: Int] = [:]
        var twin: [Int] = []
        for (index, operation) in unknown.enumerated() {
            // One that has to keep an order cannot stand in for another.
            guard operation.sequence == nil else {
                twin.append(-1)
                continue
            }
            twin.append(latest[operation.input] ?? -1)
            latest[operation.input] = index
        }
        self.twin = twin
        sequences = Sequences(known, unknown, isRead: isRead)
        var dependents = Array(repeating: [Int](), count: operations.count)
        let sources = model.sources(operations)
        for (index, place) in knownPlaces.enumerated() where place < sources.count {
            if let source = sources[place] { dependents[source].append(index) }
        }
        self.dependents = knownPlaces.map { dependents[$0] }
        unknownDependents = unknownPlaces.map { dependents[$0] }
    }
}
