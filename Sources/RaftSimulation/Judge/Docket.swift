// SPDX-License-Identifier: Apache-2.0

/// Where everything that judges reports what does not hold; the first report counts.
///
/// One place for all of them, because it is looked at after every event.
final class Docket {
    private(set) var failure: SimulationFailure?

    /// Takes note of a property that did not hold.
    func note(_ property: String, found: String, expected: String) {
        note(SimulationFailure(property: property, found: found, expected: expected))
    }

    /// Takes note of a property that did not hold.
    func note(_ failure: SimulationFailure) {
        if self.failure == nil { self.failure = failure }
    }
}
