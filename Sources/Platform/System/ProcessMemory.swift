// SPDX-License-Identifier: Apache-2.0

internal import CLinux

/// The memory that this process has from the system.
public enum ProcessMemory {
    /// Gives back what is free, wherever it lies: the allocator by itself gives back only what is at the end.
    ///
    /// Takes some milliseconds; to be called when something large is over. May be called on any thread.
    public static func giveBack() { _ = malloc_trim(0) }
}
