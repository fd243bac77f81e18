// SPDX-License-Identifier: Apache-2.0

import Raft
import RaftSimulation
import Testing

/// How much of a run a recording keeps.
@Suite struct RecordingLimitsTests {
    static func recording(_ limits: SimulationRecording.Limits) throws -> SimulationRecording {
        var simulation = RandomClusterRuns.simulation(9)
        // Where nothing is copied, every message is told from every other.
        simulation.profile.network = NetworkProfile()
        return try #require(simulation.run(recording: limits).recording)
    }

    @Test func `the newest are kept, and the page says what is left out`() throws {
        var limits = SimulationRecording.Limits()
        limits.messages = 100
        limits.calls = 10
        let whole = try Self.recording(SimulationRecording.Limits())
        let part = try Self.recording(limits)
        #expect(whole.omissions.isEmpty)
        #expect(part.messages == Array(whole.messages.suffix(100)))
        #expect(part.calls == Array(whole.calls.suffix(10)))
        #expect(part.diskJobs == whole.diskJobs)
        let messages = try #require(part.omissions.first { $0.what == "messages" })
        // A frame whose equal was forgotten may pass for a copy: then there are a few more.
        #expect(messages.count >= whole.messages.count - 100)
        let page = part.html(title: "", replayCommand: "")
        #expect(page.contains("Left out: \(messages.count) messages before "))
        #expect(!whole.html(title: "", replayCommand: "").contains("Left out"))
    }

    @Test func `with a window only the end is kept, and what reaches into it`() throws {
        let whole = try Self.recording(SimulationRecording.Limits())
        let part = try Self.recording(SimulationRecording.Limits(window: .seconds(2)))
        #expect(part.begin.nanoseconds == part.end.nanoseconds - 2_000_000_000)
        #expect(part.states == whole.states.filter { $0.end >= part.begin })
        #expect(part.notes == whole.notes.filter { $0.time >= part.begin })
        #expect(part.messages.count < whole.messages.count && !part.messages.isEmpty)
        // The lines of a log begin where they stood.
        for member in part.members {
            let before = whole.progress.last { $0.member == member && $0.time < part.begin }
            #expect(part.progress.first { $0.member == member } == before)
        }
        #expect(part.html(title: "", replayCommand: "").contains("Left out: everything before"))
    }
}
