// SPDX-License-Identifier: Apache-2.0

import KVClient

/// What kvcli's exit status tells a script.
enum ExitCode: Int32 {
    case success = 0
    case failure = 1
    case cannotConnect = 2
    case invalidInput = 3
    case interrupted = 5
    case inputOutput = 6
    case notFound = 7
    case conditionFailed = 8
    case outcomeUnknown = 9
    case noLeader = 10
    case badUsage = 128

    init(_ error: ClientError) {
        self =
            switch error {
            case .cannotConnect: .cannotConnect
            case .outcomeUnknown: .outcomeUnknown
            case .notExecuted: .noLeader
            case .connectionLost, .timeout: .inputOutput
            case .cancelled: .interrupted
            case .server, .protocolError, .replyGone: .failure
            }
    }
}

/// An end that was not wished for: the line for standard error, and the exit status.
struct Complaint: Error {
    var message: String
    var code: ExitCode

    init(_ message: String, _ code: ExitCode) {
        self.message = message
        self.code = code
    }

    /// Says what happened, to what, and what to do.
    init(_ error: ClientError, endpointCount: Int) {
        let advice =
            switch error {
            case .cannotConnect:
                "Is kvd running there? Name the members with --endpoints HOST:PORT,…"
            case .outcomeUnknown: "Look at the data before you repeat the command."
            case .notExecuted:
                "Nothing was changed. Repeat it when a majority of the members is up;"
                    + " see: kvcli endpoint status"
            case .timeout: "Nothing was changed. See: kvcli endpoint health; or raise --timeout"
            case .connectionLost: "Nothing was changed; repeat the command."
            case .protocolError: "Is that the client port of kvd?"
            case .replyGone: "The command took effect once; read what it left."
            case .server, .cancelled: ""
            }
        let scope =
            endpointCount > 1 && error.isAboutReaching ? "no endpoint works; the last: " : ""
        let text = scope + error.description
        self.init(advice.isEmpty ? text : "\(text). \(advice)", ExitCode(error))
    }
}

extension ClientError {
    /// Whether other endpoints were tried before this was reported.
    fileprivate var isAboutReaching: Bool {
        switch self {
        case .cannotConnect, .notExecuted: true
        case .outcomeUnknown, .server, .protocolError, .timeout, .connectionLost, .replyGone,
            .cancelled:
            false
        }
    }
}
