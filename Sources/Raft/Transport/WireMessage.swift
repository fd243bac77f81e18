// SPDX-License-Identifier: Apache-2.0

/// Everything members say to each other.
package enum WireMessage: Sendable, Equatable {
    case message(Message)
    case promise(Promise)
    case entries(AppendHeader, [LogEntry])
    case forward(Forward)
    case forwardAdmitted(ForwardAdmitted)
    case bootstrap(BootstrapMessage)
    case versionQuestion(VersionQuestion)
    case versionAnswer(VersionAnswer)

    /// The connection it travels on.
    package var channel: Frame.Channel {
        switch self {
        case .entries, .forward: .bulk
        case .message, .promise, .forwardAdmitted, .bootstrap, .versionQuestion, .versionAnswer:
            .control
        }
    }
}

/// Commands that a member hands to the leader (see ``Outbox``).
package struct Forward: Sendable, Equatable {
    /// The only term in whose leader's log the commands may go.
    package var term: Term
    /// The stream of the member that accepted the commands.
    package var stream: StreamID
    /// The place of this message among all that the stream sent in this term, from 1.
    package var position: UInt64
    /// How many commands there are.
    package var count: UInt32
    /// Command records, back to back.
    package var bytes: [UInt8]
}

/// "Your forwarded commands are in my log up to this position."
package struct ForwardAdmitted: Sendable, Equatable {
    package var term: Term
    package var stream: StreamID
    package var position: UInt64
}

/// What members say to found a cluster (see ``Bootstrap``).
package enum BootstrapMessage: Sendable, Equatable {
    /// "I am here and belong to no cluster; these are my flags, and the machine versions I can run."
    case hello(fingerprint: UInt64, versions: ClosedRange<MachineVersion>)
    /// "This is our cluster's id, and the machine version that it begins in; write them down."
    case offer(ClusterID, fingerprint: UInt64, version: MachineVersion)
    /// "I have written it down."
    case accepted(ClusterID)
    /// "All have written it down; begin."
    case begin(ClusterID)
    /// "My cluster exists already; a member without data has no place in it."
    case established(ClusterID)
}

/// What precedes every message in its frame.
package struct FrameHeader: Sendable, Equatable {
    /// The group the message is for.
    package var group: GroupID
    /// What cluster time it is, as far as the sender can tell; nil if it has heard no leader in its life.
    package var clock: ClusterTime?
    /// The sender's wall clock.
    package var wall: ClusterTime

    package init(group: GroupID, clock: ClusterTime?, wall: ClusterTime) {
        self.group = group
        self.clock = clock.map(Self.sane)
        self.wall = Self.sane(wall)
    }

    /// A reading of a clock that is out of order, as others can take it.
    private static func sane(_ time: ClusterTime) -> ClusterTime {
        let range = clockRange
        return ClusterTime(
            milliseconds: min(max(time.milliseconds, range.lowerBound), range.upperBound))
    }

    static let format: UInt8 = 3
    /// Bytes before the message.
    static let length = 28
    /// Stands for a clock that is not known.
    static let unknownClock: Int64 = -1
    /// No clock is taken seriously that shows a time before 1970 or after 9999.
    static let clockRange: ClosedRange<Int64> = 0...253_402_300_799_999
}
