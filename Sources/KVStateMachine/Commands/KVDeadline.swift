// SPDX-License-Identifier: Apache-2.0

/// When a key ceases to exist, as a client says it.
public enum KVDeadline: Hashable, Sendable {
    /// So many milliseconds after the cluster time of the entry that the command stands in.
    case after(milliseconds: Int64)
    /// At a time in milliseconds since the Unix epoch.
    case at(milliseconds: Int64)

    /// The time that is meant, or nil if it does not fit 64 bits.
    func resolved(at now: Int64) -> Int64? {
        switch self {
        case .after(let milliseconds):
            let (sum, isTooLarge) = now.addingReportingOverflow(milliseconds)
            return isTooLarge ? nil : sum
        case .at(let milliseconds): return milliseconds
        }
    }

    /// The number in it.
    var milliseconds: Int64 {
        switch self {
        case .after(let milliseconds), .at(let milliseconds): milliseconds
        }
    }
}

extension KVExpiryCommand {
    /// Turns seconds that a client gave this command into milliseconds.
    /// - Throws: ``KVError/invalidExpire(_:)`` if they do not fit 64 bits.
    public func milliseconds(seconds: Int64) throws(KVError) -> Int64 {
        let (milliseconds, isTooLarge) = seconds.multipliedReportingOverflow(by: 1000)
        guard !isTooLarge else { throw .invalidExpire(self) }
        return milliseconds
    }
}
