// SPDX-License-Identifier: Apache-2.0

import Foundation
import Raft
import RaftSimulation
import Testing

/// The page that shows a recording.
@Suite struct PageTests {
    /// A run that fails by a workload's own judgement.
    static func failing() -> Simulation<Registers> {
        var profile = SimulationProfile()
        profile.duration = .seconds(2)
        var workload = Registers.workload
        workload.check = { command, _ in
            if case .set = command { "</script><!-- \u{2028}\"&' & <b>" } else { nil }
        }
        return Simulation(seed: 4, profile: profile, environment: (), workload: workload)
    }

    static func page(_ simulation: Simulation<Registers>) throws -> String {
        let recording = try #require(
            simulation.run(recording: SimulationRecording.Limits()).recording)
        return recording.html(
            title: "seed <4> & \"more\"", replayCommand: "raftsim replay 4 --html '<&>'")
    }

    /// The numbers and tables that the page's script reads.
    static func data(in page: String) throws -> [String: Any] {
        let begin = try #require(
            page.range(of: "<script type=\"application/json\" id=\"recording\">"))
        let end = try #require(page.range(of: "</script>", range: begin.upperBound..<page.endIndex))
        let json = String(page[begin.upperBound..<end.lowerBound])
        let object = try JSONSerialization.jsonObject(with: Data(json.utf8))
        return try #require(object as? [String: Any])
    }

    @Test func `the same run gives the same page`() throws {
        #expect(try Self.page(Self.failing()) == Self.page(Self.failing()))
    }

    @Test func `the page needs nothing from outside`() throws {
        let page = try Self.page(Self.failing())
        for word in ["http:", "https:", "src=", "href=", "url(", "@import", "import(", "fetch("] {
            #expect(!page.contains(word), "the page holds \(word)")
        }
    }

    @Test func `texts are escaped, in the head and in the data`() throws {
        let page = try Self.page(Self.failing())
        #expect(page.contains("<title>seed &lt;4&gt; &amp; &quot;more&quot;</title>"))
        #expect(page.contains("raftsim replay 4 --html &#39;&lt;&amp;&gt;&#39;</code>"))
        #expect(page.contains("&lt;/script&gt;&lt;!-- \u{2028}&quot;&amp;&#39; &amp; &lt;b&gt;"))
        #expect(page.components(separatedBy: "</script>").count == 3)
        #expect(!page.contains("<!-- "))
        let failure = try #require(Self.data(in: page)["failure"] as? [String: Any])
        #expect(
            (failure["found"] as? String)?.hasPrefix("</script><!-- \u{2028}\"&' & <b>") == true)
    }

    @Test func `the head names seed, figures, the property and both sides of it`() throws {
        let simulation = Self.failing()
        let report = simulation.run()
        let failure = try #require(report.failure)
        let page = try Self.page(simulation)
        #expect(page.contains("seed <b>4</b>") && page.contains("\(report.events) events"))
        #expect(page.contains(failure.property) && page.contains("<dd>nothing wrong with "))
        let healthy = try Self.page(RandomClusterRuns.simulation(9))
        #expect(healthy.contains("Every property held."))
    }

    @Test func `the data hold every element of the recording`() throws {
        let simulation = RandomClusterRuns.simulation(9)
        let recording = try #require(
            simulation.run(recording: SimulationRecording.Limits()).recording)
        let data = try Self.data(in: recording.html(title: "", replayCommand: ""))
        let widths = [
            ("states", 6, recording.states.count), ("progress", 6, recording.progress.count),
            ("messages", 9, recording.messages.count), ("disk", 7, recording.diskJobs.count),
            ("calls", 11, recording.calls.count), ("notes", 4, recording.notes.count),
        ]
        for (name, width, count) in widths {
            let numbers = try #require(data[name] as? [Int], "\(name)")
            #expect(numbers.count == width * count && count > 0, "\(name)")
        }
        let messages = try #require(data["messages"] as? [Int])
        let texts = try #require(data["texts"] as? [String])
        let topics = try #require(data["topics"] as? [String])
        var sent = 0
        for (place, message) in recording.messages.enumerated() {
            let row = messages[(9 * place)..<(9 * place + 9)].map { $0 }
            sent += row[2]
            #expect(sent == Int(message.sent.nanoseconds))
            #expect(texts[row[6]] == message.text && topics[row[5]] == message.topic.rawValue)
            #expect(recording.members[row[0]] == message.from)
            let flight = message.arrival.map { Int($0.nanoseconds) - sent }
            #expect(row[3] == flight ?? (message.fate == .lost ? -1 : -2))
        }
    }
}
