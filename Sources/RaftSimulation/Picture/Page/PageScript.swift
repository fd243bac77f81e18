// SPDX-License-Identifier: Apache-2.0

/// The page's script, in parts that each fit one reading.
enum PageScript {
    static let text = [
        "\"use strict\";", data, view, theme, layout, lanes, activity, messages, overview, picking,
        details, search, input,
    ].joined(separator: "\n")
}
