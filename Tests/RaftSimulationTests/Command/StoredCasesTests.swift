// SPDX-License-Identifier: Apache-2.0

import FoundationEssentials
import RaftSimulation
import Testing

@testable import raftsim

/// The cases in `Tests/RaftSimulationTests/Cases`: each once failed, or fails under a change that must
/// never be made, as its note says.
@Suite struct StoredCasesTests {
    private static let folder = URL(filePath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent()
        .appendingPathComponent("Cases")

    private static let paths: [String] = {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
        return names.sorted().map { folder.appendingPathComponent($0).path }
    }()

    @Test func `there are stored cases, and nothing else beside them`() {
        #expect(!Self.paths.isEmpty)
        #expect(Self.paths.allSatisfy { $0.hasSuffix(".json") })
    }

    @Test(arguments: paths)
    func `a stored case says what it is about and passes`(path: String) throws {
        let stored = try SimulationCase(json: Array(try Data(contentsOf: URL(filePath: path))))
        #expect(!stored.note.isEmpty && stored.property != nil)
        #expect(RaftSim.command.run(["run", path]) == 0)
    }
}
