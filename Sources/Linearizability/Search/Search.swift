// SPDX-License-Identifier: Apache-2.0

/// Looks for an order of one object's operations that its model allows.
///
/// Depth first over the known operations, as in Wing and Gong ("Testing and verifying concurrent
/// objects", 1993), with the memory of failed configurations of Lowe ("Testing for
/// linearizability", 2017), and four savings that lose no order:
/// - A read that fits the present state is taken at once and never reconsidered: moved forward, it
///   disturbs nobody.
/// - Unknown operations are put in only before a known one, the fewest first; a configuration fails
///   with every other that differs in more unknown ones used.
/// - Of unknown operations with equal inputs, the first called goes first.
/// - What only one operation can have made possible must not be undone while somebody has yet to see
///   it: with values that are written once, a wrong turn shows at once (compare Gibbons and Korach,
///   "Testing shared memories", 1997).
struct Search<M: Model> {
    let model: M
    let calls: Calls<M>
    let budget: Int
    var steps = 0
    var table = StateTable<M.State>()
    var failed: FailedConfigurations
    /// Which known operations are in the order.
    var placed: BitSet
    /// The order so far: known operations by number, unknown ones by the number's complement.
    var order: [Int] = []
    var frames: [Frame] = []
    var variants: VariantStack
    /// Known operations that may come next, of all frames.
    var candidates: [Int] = []
    /// Ways on from the present variant of the top frame that are still to be tried, last first.
    var branches: [Branch] = []
    var outcomes: [M.State] = []

    /// A choice of known operations that are in the order, and what was tried from there.
    struct Frame {
        /// The length of the order before this frame.
        let orderStart: Int
        let variantStart: Int
        let candidateStart: Int
        let candidateEnd: Int
        let branchStart: Int
        /// The first known operation, by call, that is not in the order.
        let firstOpen: Int
        /// The first known operation, by return, that is not in the order: its rank.
        let firstReturn: Int
        let known: FailedConfigurations.Known
        /// The variant from which the search goes on.
        var variant: Int
        /// The next variant to derive others from.
        var underived: Int
        var candidate: Int
        /// Whether a read fitted the variant: nothing else needs to be tried from it.
        var isForced = false
    }

    struct Branch {
        let operation: Int
        let state: Int
    }

    init(_ operations: [Operation<M.Input, M.Output>], model: M, budget: Int) {
        self.model = model
        self.budget = budget
        calls = Calls(operations, model)
        placed = BitSet(capacity: calls.known.count + 1)
        variants = VariantStack(unknownCount: calls.unknown.count)
        failed = FailedConfigurations(unknownWords: variants.width)
    }

    /// Searches until an order is found, none is left, or the budget is used up.
    mutating func run() -> SearchOutcome {
        enter(nil, state: table.number(of: model.initial))
        while let top = frames.last {
            if top.firstReturn == calls.known.count { return .found(placesInOrder) }
            if let branch = nextBranch() {
                enter(branch.operation, state: branch.state)
            } else if steps >= budget {
                return .undecided(steps: steps)
            } else {
                leave()
            }
        }
        return .impossible
    }

    private var placesInOrder: [Int] {
        order.map { $0 < 0 ? calls.unknownPlaces[~$0] : calls.knownPlaces[$0] }
    }

    /// The time by which the next operation must have taken effect.
    func latest(_ firstReturn: Int) -> UInt64 { calls.known[calls.byReturn[firstReturn]].returned }

    /// The position before which an operation must have been called in order to come next.
    func horizon(_ firstReturn: Int) -> Int {
        calls.known[calls.byReturn[firstReturn]].returnPosition
    }

    /// Finds the states after an operation and leaves them in `outcomes`.
    mutating func step(
        _ state: Int, _ operation: Operation<M.Input, M.Output>, by latest: UInt64
    ) {
        steps += 1
        outcomes.removeAll(keepingCapacity: true)
        model.step(table[state], operation, by: latest, into: &outcomes)
    }
}

/// What a search has come to.
enum SearchOutcome {
    /// An order: places in the history.
    case found([Int])
    case impossible
    case undecided(steps: Int)
}
