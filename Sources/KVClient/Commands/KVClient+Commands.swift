// SPDX-License-Identifier: Apache-2.0

internal import RESP

/// How long a key that is set lives.
public enum Expiry: Sendable, Equatable {
    /// Until it is deleted.
    case never
    /// For so long from when the write is executed; 1 ms or more.
    case after(Duration)
    /// As long as the value that is there would have lived.
    case unchanged
}

/// Whether a key is set.
public enum SetCondition: Sendable, Equatable {
    /// In any case.
    case always
    /// Only if it is not there.
    case ifAbsent
    /// Only if it is there.
    case ifPresent
}

/// How long a key has to live.
public enum TimeToLive: Sendable, Equatable {
    /// There is no such key.
    case absent
    /// Until it is deleted.
    case forever
    /// For about so long.
    case left(Duration)
}

// Commands by name; every one throws as `call` does. For all others there is `call` itself.
extension KVClient {
    /// The value of a key; nil if there is none.
    public func get(_ key: some StoredBytes) async throws(ClientError) -> [UInt8]? {
        try Self.bytes(try await send("GET", [key.storedBytes]))
    }

    /// The values of keys, each nil if there is none; all at one moment.
    public func get(all keys: [some StoredBytes]) async throws(ClientError) -> [[UInt8]?] {
        if keys.isEmpty { return [] }
        let reply = try await send("MGET", keys.map(\.storedBytes))
        guard let elements = reply.elements, elements.count == keys.count else {
            throw Self.unexpected(reply)
        }
        var values: [[UInt8]?] = []
        for element in elements { values.append(try Self.bytes(element)) }
        return values
    }

    /// Sets a key.
    /// - Returns: Whether it was set; false if the condition did not hold.
    @discardableResult
    public func set(
        _ key: some StoredBytes, to value: some StoredBytes, expires: Expiry = .never,
        _ condition: SetCondition = .always
    ) async throws(ClientError) -> Bool {
        var arguments = [key.storedBytes, value.storedBytes]
        switch expires {
        case .never: break
        case .after(let time): arguments += [Self.word("PX"), Self.word("\(time.milliseconds)")]
        case .unchanged: arguments.append(Self.word("KEEPTTL"))
        }
        switch condition {
        case .always: break
        case .ifAbsent: arguments.append(Self.word("NX"))
        case .ifPresent: arguments.append(Self.word("XX"))
        }
        return try await send("SET", arguments) != .null
    }

    /// Sets several keys at one moment.
    public func set(
        all pairs: [(key: some StoredBytes, value: some StoredBytes)]
    ) async throws(ClientError) {
        if pairs.isEmpty { return }
        _ = try await send("MSET", pairs.flatMap { [$0.key.storedBytes, $0.value.storedBytes] })
    }

    /// Deletes keys.
    /// - Returns: How many there were.
    @discardableResult
    public func delete(_ keys: (any StoredBytes)...) async throws(ClientError) -> Int {
        if keys.isEmpty { return 0 }
        return Int(try await integer("DEL", keys.map(\.storedBytes)))
    }

    /// How many of the keys there are; one that is named twice counts twice.
    public func countExisting(_ keys: (any StoredBytes)...) async throws(ClientError) -> Int {
        if keys.isEmpty { return 0 }
        return Int(try await integer("EXISTS", keys.map(\.storedBytes)))
    }

    /// Adds to the number that a key holds, 0 if there is none.
    /// - Returns: The sum.
    /// - Throws: `.server` if the key holds no 64-bit number, or the sum would not be one.
    @discardableResult
    public func increment(
        _ key: some StoredBytes, by amount: Int64 = 1
    ) async throws(ClientError) -> Int64 {
        try await integer("INCRBY", [key.storedBytes, Self.word("\(amount)")])
    }

    /// Adds bytes at the end of a value.
    /// - Returns: The length of the value then, in bytes.
    @discardableResult
    public func append(
        _ value: some StoredBytes, to key: some StoredBytes
    ) async throws(ClientError) -> Int {
        Int(try await integer("APPEND", [key.storedBytes, value.storedBytes]))
    }

    /// Lets a key expire.
    /// - Parameter time: From when the command is executed.
    /// - Returns: Whether there is such a key.
    @discardableResult
    public func expire(
        _ key: some StoredBytes, after time: Duration
    ) async throws(ClientError) -> Bool {
        try await integer("PEXPIRE", [key.storedBytes, Self.word("\(time.milliseconds)")]) == 1
    }

    /// Lets a key live until it is deleted.
    /// - Returns: Whether it would have expired.
    @discardableResult
    public func persist(_ key: some StoredBytes) async throws(ClientError) -> Bool {
        try await integer("PERSIST", [key.storedBytes]) == 1
    }

    /// How long a key has to live.
    public func timeToLive(of key: some StoredBytes) async throws(ClientError) -> TimeToLive {
        switch try await integer("PTTL", [key.storedBytes]) {
        case -2: .absent
        case -1: .forever
        case let milliseconds: .left(.milliseconds(milliseconds))
        }
    }

    private func send(
        _ name: String, _ arguments: [[UInt8]]
    ) async throws(ClientError) -> Value {
        try await call([Self.word(name)] + arguments)
    }

    private func integer(
        _ name: String, _ arguments: [[UInt8]]
    ) async throws(ClientError) -> Int64 {
        let reply = try await send(name, arguments)
        guard let integer = reply.integer else { throw Self.unexpected(reply) }
        return integer
    }

    private static func bytes(_ reply: Value) throws(ClientError) -> [UInt8]? {
        if case .bulk(let bytes) = reply { return bytes }
        guard reply == .null else { throw unexpected(reply) }
        return nil
    }

    private static func unexpected(_ reply: Value) -> ClientError {
        .server(message: "an unexpected reply: \(reply.text ?? "\(reply)")")
    }

    private static func word(_ text: String) -> [UInt8] { Array(text.utf8) }
}
