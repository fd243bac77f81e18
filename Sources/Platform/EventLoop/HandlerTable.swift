// SPDX-License-Identifier: Apache-2.0

/// The handlers of an event loop by slot; a slot's generation tells its users apart.
///
/// epoll collects many events at once, and a handler may unregister another whose event is already
/// collected, and a new one may get its slot: the event's generation then no longer fits.
struct HandlerTable {
    private struct Slot {
        var generation: UInt32
        var interest: Interest
        var handler: (any IOHandler)?
    }

    private var slots: [Slot] = []
    private var free: [UInt32] = []

    private(set) var count = 0

    mutating func insert(
        _ handler: any IOHandler, descriptor: FileDescriptor, interest: Interest
    ) -> Registration {
        count += 1
        if let index = free.popLast() {
            slots[Int(index)].handler = handler
            slots[Int(index)].interest = interest
            let generation = slots[Int(index)].generation
            return Registration(descriptor: descriptor, index: index, generation: generation)
        }
        slots.append(Slot(generation: 0, interest: interest, handler: handler))
        return Registration(descriptor: descriptor, index: UInt32(slots.count - 1), generation: 0)
    }

    /// False if the registration is no longer valid.
    mutating func remove(_ registration: Registration) -> Bool {
        let index = Int(registration.index)
        guard isValid(registration) else { return false }
        slots[index].handler = nil
        slots[index].generation &+= 1
        free.append(registration.index)
        count -= 1
        return true
    }

    /// The previous interest; nil if the registration is no longer valid.
    mutating func exchangeInterest(
        _ registration: Registration, _ interest: Interest
    ) -> Interest? {
        guard isValid(registration) else { return nil }
        let old = slots[Int(registration.index)].interest
        slots[Int(registration.index)].interest = interest
        return old
    }

    /// The handler an event is for; nil if it has unregistered since.
    func handler(forToken token: UInt64) -> (any IOHandler)? {
        let index = Int(token & 0xffff_ffff)
        guard index < slots.count, slots[index].generation == UInt32(token >> 32) else {
            return nil
        }
        return slots[index].handler
    }

    /// Forgets all handlers, so that they and the loop do not keep one another alive.
    mutating func removeAll() {
        for index in slots.indices where slots[index].handler != nil {
            slots[index].handler = nil
            slots[index].generation &+= 1
            free.append(UInt32(index))
        }
        count = 0
    }

    private func isValid(_ registration: Registration) -> Bool {
        let index = Int(registration.index)
        return index < slots.count && slots[index].generation == registration.generation
            && slots[index].handler != nil
    }
}
