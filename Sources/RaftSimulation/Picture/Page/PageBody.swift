// SPDX-License-Identifier: Apache-2.0

/// What stands between the page's head and its script.
enum PageBody {
    static let text = #"""
        <main>
        <section class="picture" aria-label="Diagram">
        <div class="bar" role="group" aria-label="What is shown">
        <span id="filters"></span>
        <span id="member-filters"></span>
        <span class="search"><input type="search" id="search" placeholder="Search, e.g. vote 3"
        aria-label="Search"><output id="found" aria-live="polite"></output>
        <button type="button" id="previous" aria-label="Previous match">‹</button>
        <button type="button" id="next" aria-label="Next match">›</button></span>
        <span class="zoom"><button type="button" id="closer" aria-label="Zoom in">+</button>
        <button type="button" id="farther" aria-label="Zoom out">−</button>
        <button type="button" id="whole">Whole run</button></span>
        </div>
        <canvas id="overview" aria-hidden="true"></canvas>
        <canvas id="diagram" tabindex="0" role="application"
        aria-label="Message diagram; arrow keys move, plus and minus zoom"></canvas>
        <p class="keys"><kbd>wheel</kbd> <kbd>+</kbd> <kbd>−</kbd> zoom · <kbd>drag</kbd>
        <kbd>←</kbd> <kbd>→</kbd> move · <kbd>Home</kbd> <kbd>End</kbd> begin, end ·
        <kbd>0</kbd> whole run · <kbd>f</kbd> failure · <kbd>/</kbd> search, <kbd>n</kbd>
        <kbd>p</kbd> matches · <kbd>Esc</kbd> let go</p>
        </section>
        <aside>
        <section><h2>Details</h2><div id="details" aria-live="polite"></div></section>
        <details id="legend"><summary>Legend</summary><div id="legend-body"></div></details>
        <section><h2 id="list-title">Events</h2><ol id="list"></ol></section>
        </aside>
        </main>
        <noscript><p>The diagram needs JavaScript; nothing is loaded from anywhere.</p></noscript>
        """#
}
