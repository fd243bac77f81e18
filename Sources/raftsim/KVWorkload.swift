// SPDX-License-Identifier: Apache-2.0

import KVStateMachine
import Raft
import RaftSimulation

/// What clients of the store do in the simulator.
enum KVWorkload {
    /// Commands straight to a member, and reads of its store.
    static var direct: SimulationWorkload<KVStore> {
        SimulationWorkload<KVStore> { _, random in
            let key = Array("key\(random.next(below: 16))".utf8)
            switch random.next(below: 10) {
            case 0..<2:
                return propose(.write(.set(key, Array("\(random.next(below: 1000))".utf8))))
            case 2..<5: return propose(.write(.incrBy(key, Int64(random.next(below: 100)))))
            case 5:
                let deadline = KVDeadline.after(milliseconds: Int64(1 + random.next(below: 3000)))
                return propose(.write(.expire(key, deadline)))
            case 6: return propose(.query(.get(key)))
            case 7: return .observe(.stale) { read(key, in: $0) }
            default: return .observe(.linearizable) { read(key, in: $0) }
            }
        }
    }

    private static func propose(_ operation: KVCommand.Operation) -> SimulatedCall<KVStore> {
        do throws(KVError) {
            return .propose([try KVCommand(operation)])
        } catch {
            preconditionFailure("\(operation) was refused at the door: \(error)")
        }
    }

    private static func read(_ key: [UInt8], in store: borrowing KVStore) -> String {
        unsafe key.withUnsafeBytes { key in
            unsafe store.withValue(of: key) { value in
                unsafe value.map { unsafe String(decoding: $0, as: UTF8.self) } ?? "none"
            }
        }
    }
}
