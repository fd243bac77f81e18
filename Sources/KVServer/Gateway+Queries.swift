// SPDX-License-Identifier: Apache-2.0

internal import KVStateMachine
internal import RESP
internal import Raft

extension Gateway {
    /// Writes the answer to one question into its connection's replies.
    @inline(__always)
    mutating func answer(
        _ query: Query, of reads: ReadBatch, _ place: Int, from store: borrowing KVStore,
        at index: LogIndex
    ) {
        markDirty(place)
        let writer = ReplyWriter(version: sessions[place].replies.slot(query.waiter.reply).version)
        var offset = query.offset
        switch query.operation {
        case .get:
            let isHit = unsafe reads.keys.withKey(at: &offset) { key in
                unsafe store.withValue(of: key) { value in
                    sessions[place].replies.complete(query.waiter.reply) { out in
                        if let value = unsafe value {
                            unsafe writer.bulk(value, to: &out)
                        } else {
                            writer.null(to: &out)
                        }
                    }
                    return unsafe value != nil
                }
            }
            count(hit: isHit)
        case .mget: answerMGet(query, reads.keys, place, writer, from: store)
        case .exists:
            var existing: Int64 = 0
            for _ in 0..<query.keyCount {
                let exists = unsafe reads.keys.withKey(at: &offset) {
                    unsafe store.withValue(of: $0) { unsafe $0 != nil }
                }
                count(hit: exists)
                if exists { existing += 1 }
            }
            complete(query, place) { writer.integer(existing, to: &$0) }
        case .strlen:
            let length = unsafe reads.keys.withKey(at: &offset) { key in
                unsafe store.withValue(of: key) { unsafe $0?.count }
            }
            count(hit: length != nil)
            complete(query, place) { writer.integer(Int64(length ?? 0), to: &$0) }
        case .type:
            let exists = unsafe reads.keys.withKey(at: &offset) { key in
                unsafe store.withValue(of: key) { unsafe $0 != nil }
            }
            let type = exists ? KVType.string : .none
            complete(query, place) { writer.simpleString(type.name, to: &$0) }
        case .ttl, .pttl:
            let left = unsafe reads.keys.withKey(at: &offset) { unsafe store.timeToLive(of: $0) }
                .later(by: clusterTime - store.clusterTime.milliseconds)
            complete(query, place) { out in
                writer.integer(
                    query.operation == .ttl ? left.inSeconds : left.inMilliseconds, to: &out)
            }
        case .dbsize:
            let keyCount = Int64(store.count)
            complete(query, place) { writer.integer(keyCount, to: &$0) }
        case .info:
            let text = information(of: store, sections: reads.keys, query)
            complete(query, place) { writer.verbatim(text, to: &$0) }
        case .hash:
            // What the store holds is not all that is replicated.
            let index = status?.appliedIndex ?? index
            let hash = hexadecimal(status?.stateHash ?? 0)
            complete(query, place) { out in
                writer.beginArray(2, to: &out)
                writer.integer(Int64(bitPattern: index.rawValue), to: &out)
                writer.bulk(hash, to: &out)
            }
        }
    }

    private mutating func answerMGet(
        _ query: Query, _ keys: KeyList, _ place: Int, _ writer: ReplyWriter,
        from store: borrowing KVStore
    ) {
        var offset = query.offset
        var hits = 0
        let limit = options.maximumReplyBytes
        sessions[place].replies.complete(query.waiter.reply) { out in
            let start = out.count
            writer.beginArray(query.keyCount, to: &out)
            for _ in 0..<query.keyCount {
                unsafe keys.withKey(at: &offset) { key in
                    unsafe store.withValue(of: key) { value in
                        if let value = unsafe value {
                            unsafe writer.bulk(value, to: &out)
                            hits += 1
                        } else {
                            writer.null(to: &out)
                        }
                    }
                }
                guard out.count - start <= limit else {
                    // What was written is taken back: the reply has not left yet.
                    out.removeLast(out.count - start)
                    writer.error(KVError.replyTooLarge(limit: limit).message, to: &out)
                    return
                }
            }
        }
        statistics.keyspaceHits += UInt64(hits)
        statistics.keyspaceMisses += UInt64(query.keyCount - hits)
    }

    @inline(__always)
    private mutating func count(hit: Bool) {
        if hit { statistics.keyspaceHits += 1 } else { statistics.keyspaceMisses += 1 }
    }

    @inline(__always)
    private mutating func complete(
        _ query: Query, _ place: Int, _ body: (inout [UInt8]) -> Void
    ) {
        sessions[place].replies.complete(query.waiter.reply, body)
    }

    /// Sends a question through the log, behind this connection's writes that are not finished.
    mutating func askInLog(
        _ place: Int, _ operation: Query.Operation, _ arguments: RequestArguments, keys: Range<Int>
    ) -> Step {
        let encoder = encoder
        let first = keys.lowerBound
        let answersValue = operation == .get || operation == .mget
        return propose(place, isQuery: true, answersValue: answersValue) {
            writer throws(KVError) in
            switch operation {
            case .get: try unsafe encoder.get(arguments[first], to: &writer)
            case .mget:
                try unsafe encoder.mget(count: keys.count, to: &writer) {
                    unsafe arguments[first + $0]
                }
            case .exists:
                try unsafe encoder.exists(count: keys.count, to: &writer) {
                    unsafe arguments[first + $0]
                }
            case .strlen: try unsafe encoder.strlen(arguments[first], to: &writer)
            case .type: try unsafe encoder.type(arguments[first], to: &writer)
            case .ttl: try unsafe encoder.ttl(arguments[first], to: &writer)
            case .pttl: try unsafe encoder.pttl(arguments[first], to: &writer)
            case .dbsize: encoder.dbSize(to: &writer)
            case .info, .hash:
                preconditionFailure("\(operation) is about the member: it is not for the log")
            }
        }
    }
}

extension KVTimeToLive {
    /// The time that is left when so many milliseconds have passed.
    ///
    /// While nothing is written, cluster time stands still; a key's remaining time should not. That
    /// it has run out does not make the key disappear: only the log does.
    func later(by milliseconds: Int64) -> KVTimeToLive {
        guard case .milliseconds(let left) = self, milliseconds > 0 else { return self }
        return .milliseconds(max(0, left - milliseconds))
    }
}
