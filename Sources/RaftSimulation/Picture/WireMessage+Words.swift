// SPDX-License-Identifier: Apache-2.0

internal import Raft

/// A frame in words.
struct FrameWords {
    let topic: SimulationRecording.Topic
    let text: String
    let term: Term?

    init(_ topic: SimulationRecording.Topic, _ text: String, _ term: Term? = nil) {
        self.topic = topic
        self.text = text
        self.term = term
    }

    init(_ bytes: [UInt8]) {
        do throws(DecodingFailure) {
            self = try WireMessage.decode(bytes).1.words
        } catch {
            self.init(.founding, "not a message: \(error)")
        }
    }
}

extension WireMessage {
    /// The message in the words of the dissertation, as short as can be.
    var words: FrameWords {
        switch self {
        case .message(let message): message.words
        case .promise(let promise): promise.words
        case .entries(let header, let entries):
            if let first = entries.first?.index, let last = entries.last?.index {
                FrameWords(
                    .append,
                    (first == last ? "append \(first)" : "append \(first)..\(last)")
                        + " after \(header.previous.words), commit \(header.commit)", header.term)
            } else {
                FrameWords(
                    .append,
                    "append nothing after \(header.previous.words), commit \(header.commit)",
                    header.term)
            }
        case .forward(let forward):
            FrameWords(
                .forward, "forward \(forward.count) commands, message \(forward.position)",
                forward.term)
        case .forwardAdmitted(let admitted):
            FrameWords(.forward, "admitted up to message \(admitted.position)", admitted.term)
        case .bootstrap(let message): FrameWords(.founding, message.words)
        case .versionQuestion(let question):
            FrameWords(.heartbeat, "versions? number \(question.number)", question.term)
        case .versionAnswer(let answer):
            FrameWords(
                .heartbeat, "versions \(answer.versions.words), number \(answer.number)",
                answer.term)
        }
    }
}

extension Message {
    var words: FrameWords {
        switch self {
        case .preVoteRequest(let request):
            FrameWords(.vote, "pre-vote request, log \(request.logEnd.words)", term)
        case .preVoteReply(let reply):
            FrameWords(.vote, reply.isGranted ? "pre-vote granted" : "pre-vote refused", term)
        case .voteRefused: FrameWords(.vote, "vote refused", term)
        case .appendRejected(let rejection):
            FrameWords(
                .append, "rejected at \(rejection.rejected), try \(rejection.hint.words)", term)
        case .heartbeat(let heartbeat):
            FrameWords(
                .heartbeat, "heartbeat, commit \(heartbeat.commit), round \(heartbeat.round)", term)
        case .heartbeatReply(let reply):
            FrameWords(
                .heartbeat,
                "heartbeat reply, log \(reply.received), durable \(reply.durable), "
                    + "round \(reply.round)", term)
        case .commitNotice(let notice): FrameWords(.heartbeat, "commit \(notice.commit)", term)
        case .readIndexRequest(let request):
            FrameWords(.read, "read index? number \(request.id)", term)
        case .readIndexReply(let reply):
            FrameWords(.read, "read index \(reply.index), number \(reply.id)", term)
        }
    }
}

extension Promise {
    var words: FrameWords {
        switch self {
        case .voteRequest(let request):
            FrameWords(.vote, "vote request, log \(request.logEnd.words)", term)
        case .voteGranted: FrameWords(.vote, "vote granted", term)
        case .appendAccepted(let acceptance):
            FrameWords(.append, "accepted up to \(acceptance.match)", term)
        }
    }
}

extension BootstrapMessage {
    var words: String {
        switch self {
        case .hello: "hello"
        case .offer: "offer of a cluster id"
        case .accepted: "cluster id accepted"
        case .begin: "begin"
        case .established: "the cluster exists"
        }
    }
}

extension LogEnd {
    /// The index, and the term it stands in.
    var words: String { index == .zero ? "0" : "\(index) of term \(term)" }
}
