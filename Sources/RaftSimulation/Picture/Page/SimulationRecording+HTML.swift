// SPDX-License-Identifier: Apache-2.0

internal import Raft

extension SimulationRecording {
    /// The recording as one HTML page that needs nothing else: a diagram of the members over time with
    /// their roles, messages, logs, disks, calls and faults.
    ///
    /// The view can be set in the page's address: `#t=1.2s&zoom=50ms` shows 50 ms around 1.2 s. The same
    /// recording gives the same bytes.
    /// - Parameters:
    ///   - title: What the page is about; plain text.
    ///   - replayCommand: What to type to see the run again; plain text.
    /// - Complexity: O(*n*) in the recording.
    public func html(title: String, replayCommand: String) -> String {
        """
        <!DOCTYPE html>
        <html lang="en">
        <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <title>\(Self.escaped(title))</title>
        <style>
        \(PageStyle.text)
        </style>
        </head>
        <body>
        \(head(title, replayCommand))
        \(PageBody.text)
        <script type="application/json" id="recording">\(PageData.json(of: self))</script>
        <script>
        \(PageScript.text)
        </script>
        </body>
        </html>

        """
    }

    private func head(_ title: String, _ replayCommand: String) -> String {
        """
        <header>
        <h1>\(Self.escaped(title))</h1>
        <p class="figures">\(figures)</p>
        <p class="command"><code id="command">\(Self.escaped(replayCommand))</code>
        <button type="button" id="copy">Copy</button></p>
        \(verdict)
        \(omitted)
        </header>
        """
    }

    private var figures: String {
        [
            "seed <b>\(seed)</b>", Self.count(members.count, "member"),
            "\(Self.seconds(end)) virtual", Self.count(events, "event"),
            "\(Self.count(acknowledged, "call")) answered", Self.count(faultCount, "fault"),
            "trace hash <code>\(hexadecimal(traceHash))</code>",
        ].map { "<span>\($0)</span>" }.joined(separator: " ")
    }

    private var verdict: String {
        guard let failure else {
            return "<p class=\"verdict passed\">Every property held.</p>"
        }
        return """
            <section class="verdict failed" aria-label="The property that failed">
            <h2>\(Self.escaped(failure.failure.property))
            <button type="button" id="to-failure">Show at \(Self.seconds(failure.time))</button></h2>
            <dl>
            <dt>found</dt><dd>\(Self.escaped(failure.failure.found))</dd>
            <dt>expected</dt><dd>\(Self.escaped(failure.failure.expected))</dd>
            </dl>
            </section>
            """
    }

    private var omitted: String {
        var parts = omissions.map {
            "\($0.count) \($0.what) before \(Self.seconds($0.before))"
        }
        if begin > Interval(nanoseconds: 0) {
            parts.insert("everything before \(Self.seconds(begin))", at: 0)
        }
        guard !parts.isEmpty else { return "" }
        return "<p class=\"omitted\">Left out: \(parts.joined(separator: ", ")).</p>"
    }

    private static func count(_ count: Int, _ what: String) -> String {
        "\(count) \(what)\(count == 1 ? "" : "s")"
    }

    /// Seconds with milliseconds.
    static func seconds(_ time: Interval) -> String {
        let milliseconds = time.nanoseconds / 1_000_000
        return "\(milliseconds / 1000).\("\(1000 + milliseconds % 1000)".dropFirst()) s"
    }

    /// Text as it may stand in an element or a quoted attribute.
    static func escaped(_ text: String) -> String {
        var result = ""
        for character in text.unicodeScalars {
            switch character {
            case "&": result += "&amp;"
            case "<": result += "&lt;"
            case ">": result += "&gt;"
            case "\"": result += "&quot;"
            case "'": result += "&#39;"
            default: result.unicodeScalars.append(character)
            }
        }
        return result
    }
}
