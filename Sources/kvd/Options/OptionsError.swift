// SPDX-License-Identifier: Apache-2.0

/// Why the program does not know what is asked of it: what is wrong, and where it stands.
struct OptionsError: Error, Equatable {
    let message: String

    init(_ message: String) { self.message = message }
}
