// SPDX-License-Identifier: Apache-2.0

internal import Raft

extension ProfileField {
    /// Every field of a profile. A test compares this with the profile itself, so that none is forgotten.
    static let all: [ProfileField] =
        [
            ProfileField("members", \.members),
            ProfileField("duration", \.duration),
            ProfileField("settlingTime", \.settlingTime),
            ProfileField("eventLimit", \.eventLimit),
            ProfileField("traceLines", \.traceLines),
            ProfileField("probes", \.probes),
        ] + network + member + clients + sessions + versions + faults + options

    private static let network = [
        ProfileField("network.delay", \.network.delay),
        ProfileField("network.variesByLink", \.network.variesByLink),
        ProfileField("network.slowLinkOneIn", \.network.slowLinkOneIn),
        ProfileField("network.isOrdered", \.network.isOrdered),
        ProfileField("network.socketBytes", \.network.socketBytes),
        ProfileField("network.controlQueueBytes", \.network.controlQueueBytes),
        ProfileField("network.bulkQueueBytes", \.network.bulkQueueBytes),
        ProfileField("network.splitOneIn", \.network.splitOneIn),
        ProfileField("network.damagePerMillion", \.network.damagePerMillion),
        ProfileField("network.lossPerMillion", \.network.lossPerMillion),
        ProfileField("network.duplicationPerMillion", \.network.duplicationPerMillion),
        ProfileField("network.straysPerMillion", \.network.straysPerMillion),
        ProfileField("network.framesPerLink", \.network.framesPerLink),
        ProfileField("network.outlivesConnections", \.network.outlivesConnections),
    ]

    private static let member = [
        ProfileField("member.sync", \.member.sync),
        ProfileField("member.recovery", \.member.recovery),
        ProfileField("member.read", \.member.read),
        ProfileField("member.apply", \.member.apply),
        ProfileField("member.turn", \.member.turn),
        ProfileField("member.applySliceBytes", \.member.applySliceBytes),
        ProfileField("member.segmentBytes", \.member.segmentBytes),
        ProfileField("member.placementInterval", \.member.placementInterval),
        ProfileField("member.clockOffset", \.member.clockOffset),
        ProfileField("member.clockDrift", \.member.clockDrift),
    ]

    private static let clients = [
        ProfileField("clients.count", \.clients.count),
        ProfileField("clients.pipeline", \.clients.pipeline),
        ProfileField("clients.pause", \.clients.pause),
        ProfileField("clients.callLimit", \.clients.callLimit),
        ProfileField("clients.delay", \.clients.delay),
        ProfileField("clients.impatientOneIn", \.clients.impatientOneIn),
        ProfileField("clients.patience", \.clients.patience),
    ]

    private static let sessions = [
        ProfileField("sessions.count", \.sessions.count),
        ProfileField("sessions.window", \.sessions.window),
        ProfileField("sessions.pause", \.sessions.pause),
        ProfileField("sessions.lifetime", \.sessions.lifetime),
        ProfileField("sessions.limit", \.sessions.limit),
    ]

    private static let versions = [
        ProfileField("versions.count", \.versions.count),
        ProfileField("versions.isMixed", \.versions.isMixed),
    ]

    private static let faults = [
        ProfileField("faults.rates", \.faults.rates),
        ProfileField("faults.leaderOneIn", \.faults.leaderOneIn),
        ProfileField("faults.budget", \.faults.budget),
        ProfileField("faults.lasting", \.faults.lasting),
    ]

    private static let options =
        [
            ProfileField("options.group", \.options.group),
            ProfileField("options.leaderWait", \.options.leaderWait),
            ProfileField("options.proposalTimeout", \.options.proposalTimeout),
            ProfileField("options.readTimeout", \.options.readTimeout),
            ProfileField("options.windowBytes", \.options.windowBytes),
            ProfileField("options.outboxBytes", \.options.outboxBytes),
            ProfileField("options.forwardBytes", \.options.forwardBytes),
            ProfileField("options.entryBytes", \.options.entryBytes),
            ProfileField("options.unappliedBytes", \.options.unappliedBytes),
            ProfileField("options.logJobsUnderWay", \.options.logJobsUnderWay),
            ProfileField("options.commandBytes", \.options.commandBytes),
            ProfileField("options.tickInterval", \.options.tickInterval),
            ProfileField("options.clockJumpLimit", \.options.clockJumpLimit),
            ProfileField("options.clockAlarmOffset", \.options.clockAlarmOffset),
        ] + core

    private static let core = [
        ProfileField("options.core.heartbeatInterval", \.options.core.heartbeatInterval),
        ProfileField("options.core.electionTimeoutMinimum", \.options.core.electionTimeoutMinimum),
        ProfileField("options.core.electionTimeoutMaximum", \.options.core.electionTimeoutMaximum),
        ProfileField(
            "options.core.electionDelayAfterDisconnect",
            \.options.core.electionDelayAfterDisconnect),
        ProfileField("options.core.appendBytes", \.options.core.appendBytes),
        ProfileField("options.core.inflightMessages", \.options.core.inflightMessages),
        ProfileField("options.core.inflightBytes", \.options.core.inflightBytes),
        ProfileField("options.core.waitingReads", \.options.core.waitingReads),
    ]
}
