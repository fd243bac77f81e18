// SPDX-License-Identifier: Apache-2.0

public import Raft

/// What kvd replicates: keys and values, and when keys expire.
///
/// ```swift
/// var store = KVStore(KVStore.Options())
/// let set = try KVCommand(.write(.set(Array("greeting".utf8), Array("hello".utf8))))
/// _ = store.apply(set, ApplyContext(index: index, term: term, now: now))
/// store.answer(try KVCommand(.query(.get(Array("greeting".utf8)))))   // .bytes of "hello"
/// ```
///
/// Sixteen shards, routed by FNV-1a, each a table in hash order and a heap of deadlines. They keep
/// the steps small in which tables grow; they are no units of locking: the store has one owner and
/// no lock.
///
/// **Time** is that of the log. A key whose deadline is not after the cluster time does not exist,
/// for any command or query, whether or not it has been purged. Every call of ``advance(to:)``
/// purges at most ``purgeBound`` keys, in the order of (deadline, key); while more are due,
/// ``nextDeadline`` is now. What is purged when is thus a function of the log alone.
///
/// **Equality.** Members that have applied the same entries have the same ``stateHash`` and write
/// the same bytes for a capture, whatever way they came there: by the log or by a snapshot.
public struct KVStore: StateMachine, ~Copyable {
    /// What clients ask for.
    public typealias Command = KVCommand
    /// What they get back.
    public typealias Output = KVReply
    /// Limits of this member's gateway.
    public typealias Environment = Options

    /// The limits of this member's gateway.
    public let options: Options
    /// The time of the newest entry that was applied.
    public internal(set) var clusterTime = ClusterTime.zero
    var shards = Shards()
    var expiredCount = 0

    /// The most keys that one entry purges.
    public static let purgeBound = 4096

    /// Creates an empty store.
    public init(_ options: Options = Options()) { self.options = options }

    /// The milliseconds of the cluster time.
    @inline(__always)
    var now: Int64 { clusterTime.milliseconds }

    /// The entry of a key that exists.
    @inline(__always)
    func entry(of key: Key) -> Entry? { shards[key.hash].entry(of: key, at: now) }
}
