// SPDX-License-Identifier: Apache-2.0

/// Something about clocks that an operator should know.
public enum ClockEvent: Sendable, Hashable, CustomStringConvertible {
    /// This member leads, and as nobody who elected it had heard a leader before, cluster time goes on from
    /// here by the median of wall clocks.
    case setByWallClocks(ClusterTime)
    /// Something is wrong from now on.
    case raised(ClockAlarm)
    /// It is in order again.
    case cleared

    /// One line.
    public var description: String {
        switch self {
        case .setByWallClocks(let time): "cluster time goes on from \(time) by wall clocks"
        case .raised(let alarm): "clock alarm: \(alarm)"
        case .cleared: "clock alarm is over"
        }
    }
}

/// What is wrong with a clock.
public enum ClockAlarm: Sendable, Hashable, CustomStringConvertible {
    /// When the whole cluster was started, wall clocks were ahead of the log by so many milliseconds, which
    /// is more than ``ReplicaOptions/clockJumpLimit``: cluster time went on from the log.
    case jumpRefused(milliseconds: Int64)
    /// This machine's wall clock is ahead of cluster time by so many milliseconds; behind, if negative.
    case wallClockIsOff(milliseconds: Int64)

    /// One word for it.
    public var name: String {
        switch self {
        case .jumpRefused: "jump_refused"
        case .wallClockIsOff: "wall_clock_is_off"
        }
    }

    /// What is wrong and what to do about it.
    public var description: String {
        switch self {
        case .jumpRefused(let milliseconds):
            "wall clocks are \(milliseconds) ms ahead of the log, more than may be believed; if they "
                + "are right, start all members again with a higher limit"
        case .wallClockIsOff(let milliseconds):
            "the wall clock is \(milliseconds) ms ahead of cluster time; if others are not, set it right"
        }
    }
}
