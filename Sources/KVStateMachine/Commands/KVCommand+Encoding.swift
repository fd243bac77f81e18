// SPDX-License-Identifier: Apache-2.0

import Raft

extension KVCommand {
    /// Makes a command.
    /// - Throws: What ``KVCommandEncoder`` throws.
    public init(
        _ operation: Operation, options: KVStore.Options = KVStore.Options()
    ) throws(KVError) {
        var writer = ByteWriter()
        try operation.encode(KVCommandEncoder(options), to: &writer)
        var reader = ByteReader(writer.bytes)
        do throws(DecodingFailure) {
            try self.init(from: &reader)
        } catch {
            preconditionFailure("\(operation) was encoded as something else: \(error)")
        }
    }
}

extension KVCommand.Operation {
    fileprivate func encode(
        _ encoder: KVCommandEncoder, to writer: inout ByteWriter
    ) throws(KVError) {
        let arguments = FlatArguments(arguments)
        try unsafe arguments.withParts { part throws(KVError) in
            switch self {
            case .query(let query):
                try unsafe query.encode(encoder, arguments.count, part, to: &writer)
            case .write(let write):
                try unsafe write.encode(encoder, arguments.count, part, to: &writer)
            }
        }
    }

    private var arguments: [[UInt8]] {
        switch self {
        case .query(let query):
            switch query {
            case .get(let key), .strlen(let key), .ttl(let key), .pttl(let key), .type(let key):
                [key]
            case .mget(let keys), .exists(let keys): keys
            case .dbSize: []
            }
        case .write(let write):
            switch write {
            case .set(let key, let value, _), .append(let key, let value, _): [key, value]
            case .incrBy(let key, _), .expire(let key, _, _), .persist(let key): [key]
            case .del(let keys): keys
            case .mset(let pairs): pairs.flatMap { [$0.key, $0.value] }
            case .flushAll: []
            }
        }
    }
}

extension KVCommand.Query {
    fileprivate func encode(
        _ encoder: KVCommandEncoder, _ count: Int, _ part: (Int) -> UnsafeRawBufferPointer,
        to writer: inout ByteWriter
    ) throws(KVError) {
        switch self {
        case .get: try unsafe encoder.get(part(0), to: &writer)
        case .mget: try unsafe encoder.mget(count: count, to: &writer, key: part)
        case .exists: try unsafe encoder.exists(count: count, to: &writer, key: part)
        case .strlen: try unsafe encoder.strlen(part(0), to: &writer)
        case .ttl: try unsafe encoder.ttl(part(0), to: &writer)
        case .pttl: try unsafe encoder.pttl(part(0), to: &writer)
        case .dbSize: encoder.dbSize(to: &writer)
        case .type: try unsafe encoder.type(part(0), to: &writer)
        }
    }
}

extension KVCommand.Write {
    fileprivate func encode(
        _ encoder: KVCommandEncoder, _ count: Int, _ part: (Int) -> UnsafeRawBufferPointer,
        to writer: inout ByteWriter
    ) throws(KVError) {
        switch self {
        case .set(_, _, let options):
            try unsafe encoder.set(part(0), part(1), options, to: &writer)
        case .del: try unsafe encoder.del(count: count, to: &writer, key: part)
        case .incrBy(_, let increment):
            try unsafe encoder.incrBy(part(0), increment, to: &writer)
        case .append(_, _, let limit):
            try unsafe encoder.append(part(0), part(1), limit: limit, to: &writer)
        case .mset:
            try unsafe encoder.mset(count: count / 2, to: &writer) { index in
                unsafe (part(2 * index), part(2 * index + 1))
            }
        case .expire(_, let deadline, let name):
            try unsafe encoder.expire(part(0), deadline, name: name, to: &writer)
        case .persist: try unsafe encoder.persist(part(0), to: &writer)
        case .flushAll: encoder.flushAll(to: &writer)
        }
    }
}

/// Arguments end to end in one array, so that all of them can be borrowed at once.
private struct FlatArguments {
    private var bytes: [UInt8] = []
    private var starts = [0]

    init(_ arguments: [[UInt8]]) {
        for argument in arguments {
            bytes.append(contentsOf: argument)
            starts.append(bytes.count)
        }
    }

    var count: Int { starts.count - 1 }

    func withParts(
        _ body: ((Int) -> UnsafeRawBufferPointer) throws(KVError) -> Void
    ) throws(KVError) {
        let result = unsafe bytes.withUnsafeBytes { all in
            Result { () throws(KVError) in
                try unsafe body { index in
                    unsafe UnsafeRawBufferPointer(rebasing: all[starts[index]..<starts[index + 1]])
                }
            }
        }
        try result.get()
    }
}
