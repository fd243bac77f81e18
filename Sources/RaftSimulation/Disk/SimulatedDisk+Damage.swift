// SPDX-License-Identifier: Apache-2.0

internal import Raft

// What a medium does to data behind everybody's back.
extension SimulatedDisk {
    /// The bytes that a power cut now would certainly leave under a path; nil if there would be none.
    public func durableImage(_ path: String) -> [UInt8]? {
        durableFile(path).map { state.files[$0].durable }
    }

    /// The bytes that a process sees under a path; nil if there is no such file.
    public func visibleImage(_ path: String) -> [UInt8]? {
        guard case .file(let number)? = state.entry(path) else { return nil }
        return state.files[number].visible
    }

    /// The names in a directory that stand for the same file now and after a power cut, sorted.
    func settledNames(in directory: String) -> [String] {
        guard let names = state.directories[directory] else { return [] }
        return names.durable.keys.sorted().filter { names.durable[$0] == names.visible[$0] }
    }

    /// Whether a file has changes that no sync has covered.
    func isWaitingForSync(_ path: String) -> Bool {
        guard case .file(let number)? = state.entry(path) else { return false }
        return !state.files[number].pending.isEmpty
    }

    /// Lets rot one bit of a file, on the medium and in the cache.
    public func flipBit(_ path: String, at offset: Int, bit: Int = 0) {
        mutate(path) { bytes in
            if offset < bytes.count { bytes[offset] ^= 1 << UInt8(bit) }
        }
    }

    /// Puts bytes into a file behind everybody's back, on the medium and in the cache.
    public func overwrite(_ path: String, at offset: Int, with bytes: [UInt8]) {
        mutate(path) { SimulatedFile.apply(.write(offset: offset, bytes), to: &$0) }
    }

    /// Cuts a file behind everybody's back, on the medium and in the cache.
    public func cut(_ path: String, to size: Int) {
        mutate(path) { SimulatedFile.apply(.truncate(size), to: &$0) }
    }

    /// Lets a write that was said to be on the medium never have got there: zeros stand in its place,
    /// as before it. The cache hides that until ``dropCaches()`` or ``crash(_:random:)``.
    public func loseWrite(_ path: String, _ range: Range<Int>) {
        guard let number = durableFile(path) else { return }
        state.hidesSomething = true
        let zeros = [UInt8](repeating: 0, count: range.count)
        SimulatedFile.apply(
            .write(offset: range.lowerBound, zeros), to: &state.files[number].durable)
    }

    /// Lets a write have gone to a wrong place, and zeros stand in the right one. The cache hides both
    /// until ``dropCaches()`` or ``crash(_:random:)``.
    /// - Parameters:
    ///   - range: The bytes that were written; all of them are on the medium.
    ///   - place: Where they went, in any file.
    public func misdirectWrite(
        _ path: String, _ range: Range<Int>, to place: (path: String, offset: Int)
    ) {
        guard let number = durableFile(path), let other = durableFile(place.path) else { return }
        let bytes = Array(state.files[number].durable[range])
        loseWrite(path, range)
        SimulatedFile.apply(
            .write(offset: place.offset, bytes), to: &state.files[other].durable)
    }

    /// Lets reading fail until the bytes are written again.
    public func makeUnreadable(_ path: String, _ range: Range<Int>) {
        guard case .file(let number)? = state.entry(path) else { return }
        state.files[number].unreadable.append(range)
    }

    private func durableFile(_ path: String) -> Int? {
        let (directory, name) = SimulatedDiskState.split(path)
        guard case .file(let number)? = state.directories[directory]?.durable[name] else {
            return nil
        }
        return number
    }

    private func mutate(_ path: String, _ body: (inout [UInt8]) -> Void) {
        guard case .file(let number)? = state.entry(path) else {
            preconditionFailure("no file \(path) on the simulated disk")
        }
        body(&state.files[number].durable)
        body(&state.files[number].visible)
    }
}
