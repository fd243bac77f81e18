// SPDX-License-Identifier: Apache-2.0

import Platform
import Testing

@Suite struct LastWordsTests {
    @Test func `a process that traps says what its thread was at, and ends by the trap`() async {
        let result = await #expect(
            processExitsWith: .failure, observing: [\.standardErrorContent]
        ) {
            LastWords.enable()
            LastWords.set("a note that was replaced\n")
            LastWords.set("the seventh of its kind\n")
            preconditionFailure("it is broken")
        }
        let errors = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
        #expect(errors.contains("the seventh of its kind\n"))
        #expect(!errors.contains("replaced"))
        #expect(result?.exitStatus != .exitCode(1))
    }

    @Test func `a long note is cut`() async {
        let result = await #expect(
            processExitsWith: .failure, observing: [\.standardErrorContent]
        ) {
            LastWords.enable()
            LastWords.set(String(repeating: "ü", count: LastWords.maximumBytes))
            preconditionFailure("it is broken")
        }
        let errors = result?.standardErrorContent ?? []
        #expect(errors.count { $0 == 0xC3 } == LastWords.maximumBytes / 2)
    }
}
