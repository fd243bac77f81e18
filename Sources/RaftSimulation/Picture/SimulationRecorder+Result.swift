// SPDX-License-Identifier: Apache-2.0

internal import Raft

extension SimulationRecorder {
    /// What was seen of a world so far.
    func recording(of world: World, seed: UInt64) -> SimulationRecording {
        for member in world.members { see(member, at: world.now) }
        let end = since(world.now)
        let begin =
            limits.window.map { Interval(nanoseconds: end.nanoseconds - min(end, $0).nanoseconds) }
            ?? Interval(nanoseconds: 0)
        var recording = SimulationRecording(
            seed: seed, members: ids, begin: begin, end: end, events: world.events,
            acknowledged: world.calls.acknowledged + world.acknowledgedByUsers,
            faultCount: world.faultCount,
            traceHash: world.trace.hash)
        recording.states = states.all.filter { !isOver($0, begin, end) }.map { span in
            var span = span
            if isOpen(span) { span.end = end }
            return span
        }
        recording.progress = progress(from: begin)
        let underWay = world.network.underWay.map { FlightKey(ids[$0.from], ids[$0.to], $0.bytes) }
        recording.messages = messages(underWay: underWay).filter {
            $0.sent >= begin || $0.arrival.map { $0 >= begin } ?? false
        }
        recording.diskJobs = diskJobs.all.filter { ($0.end ?? end) >= begin }
        recording.calls = calls.all.filter { ($0.end ?? end) >= begin }
        recording.faults = faults.all.filter { ($0.end ?? end) >= begin }
        recording.notes = notes.all.filter { $0.time >= begin }
        recording.omissions = omissions(after: begin)
        recording.failure = world.failure.map {
            SimulationRecording.Failure(time: end, failure: $0)
        }
        return recording
    }

    private func isOpen(_ span: Recording.StateSpan) -> Bool {
        openStates.contains { $0.flatMap { states[$0] } == span }
    }

    private func isOver(
        _ span: Recording.StateSpan, _ begin: Interval, _ end: Interval
    ) -> Bool { !isOpen(span) && span.end < begin }

    /// The steps from a time on, and of every member the last before that.
    private func progress(from begin: Interval) -> [Recording.Progress] {
        var before: [Recording.Progress?] = Array(repeating: nil, count: ids.count)
        for sample in progress.all where sample.time < begin {
            if let position = ids.firstIndex(of: sample.member) { before[position] = sample }
        }
        return before.compactMap(\.self).sorted { $0.time < $1.time }
            + progress.all.filter { $0.time >= begin }
    }

    private func omissions(after begin: Interval) -> [Recording.Omission] {
        let kept: [(String, Int, Interval?)] = [
            ("messages", flights.omitted, flights.all.first?.message.sent),
            ("steps of the logs", progress.omitted, progress.all.first?.time),
            ("calls", calls.omitted, calls.all.first?.begin),
            ("disk jobs", diskJobs.omitted, diskJobs.all.first?.begin),
            ("spans of roles", states.omitted, states.all.first?.begin),
            ("faults", faults.omitted, faults.all.first?.begin),
            ("notes", notes.omitted, notes.all.first?.time),
        ]
        return kept.compactMap { what, count, first in
            guard count > 0, let first, first > begin else { return nil }
            return Recording.Omission(what: what, count: count, before: first)
        }
    }
}
