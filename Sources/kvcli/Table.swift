// SPDX-License-Identifier: Apache-2.0

/// Rows of text in aligned columns.
struct Table {
    var header: [String]
    var rows: [[String]]

    /// The table with a line break behind each row; `isBoxed` draws lines around the cells.
    func text(isBoxed: Bool) -> String {
        let widths = header.indices.map { column in
            ([header] + rows).map { $0[column].count }.max() ?? 0
        }
        func line(_ cells: [String]) -> String {
            let padded = zip(cells, widths).map { cell, width in
                cell + String(repeating: " ", count: width - cell.count)
            }
            if isBoxed { return "| " + padded.joined(separator: " | ") + " |\n" }
            var text = padded.joined(separator: "  ")
            while text.last == " " { text.removeLast() }
            return text + "\n"
        }
        let body = rows.map(line).joined()
        guard isBoxed else { return line(header) + body }
        let dashes = widths.map { String(repeating: "-", count: $0 + 2) }
        let rule = "+" + dashes.joined(separator: "+") + "+\n"
        return rule + line(header) + rule + body + rule
    }
}
