// SPDX-License-Identifier: Apache-2.0

import Linearizability
import Testing

@Suite struct OperationTests {
    @Test func `a call without an answer may take effect at any later time`() {
        let call = Operation<Int, Int>(client: 1, input: 1, output: nil, called: 5, returned: 7)
        #expect(call.returned == .max)
    }
}
