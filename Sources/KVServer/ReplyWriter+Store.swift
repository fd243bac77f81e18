// SPDX-License-Identifier: Apache-2.0

internal import KVStateMachine
internal import RESP
internal import Raft

extension ReplyWriter {
    /// Appends what the store answered.
    @inline(__always)
    func append(_ reply: KVReply, _ shape: ReplyShape, to out: inout [UInt8]) {
        switch reply {
        case .ok:
            switch shape {
            case .plain: ok(to: &out)
            case .done: integer(1, to: &out)
            }
        case .null:
            switch shape {
            case .plain: null(to: &out)
            case .done: integer(0, to: &out)
            }
        case .integer(let value): integer(value, to: &out)
        case .bytes(let bytes): bulk(bytes, to: &out)
        case .array(let replies):
            beginArray(replies.count, to: &out)
            append(replies, to: &out)
        case .type(let type): simpleString(type.name, to: &out)
        case .error(let error): self.error(error.message, to: &out)
        }
    }

    private func append(_ replies: [KVReply], to out: inout [UInt8]) {
        for reply in replies { append(nested: reply, to: &out) }
    }

    /// Not inlined, unlike its caller: arrays may contain arrays.
    private func append(nested reply: KVReply, to out: inout [UInt8]) {
        append(reply, .plain, to: &out)
    }
}

extension ProposalError {
    /// The line a client gets: whether the command was executed is the first thing it must know.
    func replyText(isQuery: Bool) -> String {
        switch self {
        case .outcomeUnknown:
            // A read that may have been executed has still done nothing.
            isQuery
                ? "CLUSTERDOWN the read was not answered in time; not executed"
                : "INDOUBT the write may or may not take effect: its outcome is not known"
        case .rejected(.noLeader): "CLUSTERDOWN no leader; not executed"
        case .rejected(.deadlineExceeded), .rejected(.cancelled):
            "CLUSTERDOWN not given to a leader in time; not executed"
        case .rejected(.stopped): "CLUSTERDOWN this member is stopping; not executed"
        case .rejected(.overloaded): "BUSY too many commands are waiting; not executed"
        case .rejected(.tooLarge):
            "TOOLARGE the command does not fit an entry of the log; not executed"
        case .rejected(.sessionEnded): "NOSESSION there is no such session; not executed"
        case .rejected(.outOfWindow):
            "OUTOFWINDOW the number is not among the 1024 after the acknowledged one; not executed"
        case .rejected(.tokenMismatch):
            "IDEMMISMATCH the token belongs to another command; not executed"
        case .rejected(.tooManyTokens): "BUSY too many tokens are remembered; not executed"
        case .sessionEnded:
            "INDOUBT the session has ended: whether the write took effect before is not known"
        case .executed(let index): "REPLYGONE applied at revision \(index)"
        case .acknowledged: "ACKNOWLEDGED the number was acknowledged before; not executed again"
        }
    }
}

extension ReadError {
    /// The line a client gets.
    var replyText: String {
        switch self {
        case .unavailable, .deadlineExceeded, .cancelled:
            "CLUSTERDOWN no leader confirmed the read; not executed"
        case .overloaded: "BUSY too many reads are waiting; not executed"
        case .stopped: "CLUSTERDOWN this member is stopping; not executed"
        }
    }
}
