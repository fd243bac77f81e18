// SPDX-License-Identifier: Apache-2.0

extension PageScript {
    /// Which span of time is shown, how times are written, and the page's address.
    static let view = #"""
        // ---- The span of time that is shown --------------------------------------------------

        const narrowest = 2e4;
        const whole = { begin: recording.begin, end: Math.max(recording.end, recording.begin + 1e6) };
        const margin = (whole.end - whole.begin) * 0.02;
        const view = { begin: whole.begin - margin, end: whole.end + margin };

        function show(begin, end) {
          const widest = (whole.end - whole.begin) + 2 * margin;
          const width = Math.min(widest, Math.max(narrowest, end - begin));
          const middle = (begin + end) / 2;
          const lowest = whole.begin - margin, highest = whole.end + margin;
          view.begin = Math.min(Math.max(middle - width / 2, lowest), highest - width);
          view.end = view.begin + width;
          writeAddress();
          invalidate();
        }

        const showWhole = () => show(whole.begin - margin, whole.end + margin);
        const widthOfView = () => view.end - view.begin;
        const move = (time) => show(view.begin + time, view.end + time);
        const centre = (time, width = widthOfView()) => show(time - width / 2, time + width / 2);

        /** Zooms by a factor; what is shown at `time` stays where it is. */
        function zoom(factor, time = (view.begin + view.end) / 2) {
          const widest = (whole.end - whole.begin) + 2 * margin;
          const width = Math.min(widest, Math.max(narrowest, widthOfView() * factor));
          const share = (time - view.begin) / widthOfView();
          show(time - share * width, time - share * width + width);
        }

        function showFailure() {
          if (!recording.failure) return;
          const width = Math.min(widthOfView(), 4e8);
          show(recording.failure.time - width * 0.85, recording.failure.time + width * 0.15);
        }

        /** Brings an item into view, close enough to be seen. */
        function reveal(item) {
          const length = item.t1 - item.t0;
          const width = Math.min(Math.max(widthOfView(), length * 1.5), Math.max(length * 12, 4e8));
          centre((item.t0 + item.t1) / 2, width);
        }

        // ---- Times in words ------------------------------------------------------------------

        const seconds = (time, digits = 6) => `${(time / 1e9).toFixed(digits)} s`;

        function duration(time) {
          if (time < 1e3) return `${time} ns`;
          if (time < 1e6) return `${trim(time / 1e3)} µs`;
          if (time < 1e9) return `${trim(time / 1e6)} ms`;
          return `${trim(time / 1e9)} s`;
        }

        const trim = (value) => String(Number(value.toPrecision(4)));

        /** The step between two ticks of the axis, so that about `count` fit. */
        function tickStep(count) {
          const rough = widthOfView() / Math.max(1, count);
          const power = 10 ** Math.floor(Math.log10(rough));
          return [1, 2, 5, 10].map((n) => n * power).find((step) => step >= rough);
        }

        // ---- The address: #t=1.2s&zoom=50ms --------------------------------------------------

        const units = { ns: 1, us: 1e3, "µs": 1e3, ms: 1e6, s: 1e9 };

        function parseTime(words) {
          const match = /^(-?[\d.]+)(ns|us|µs|ms|s)?$/.exec(words || "");
          return match ? Number(match[1]) * units[match[2] || "s"] : NaN;
        }

        /** Sets the view by the address. Returns whether it says one. */
        function readAddress() {
          const words = new URLSearchParams(decodeURIComponent(location.hash.slice(1)));
          const time = parseTime(words.get("t")), width = parseTime(words.get("zoom"));
          if (Number.isNaN(time) && Number.isNaN(width)) return false;
          const middle = Number.isNaN(time) ? (whole.begin + whole.end) / 2 : time;
          centre(middle, Number.isNaN(width) ? widthOfView() : width);
          return true;
        }

        let addressTimer = 0;
        function writeAddress() {
          clearTimeout(addressTimer);
          addressTimer = setTimeout(() => {
            const time = (view.begin + view.end) / 2e9;
            const hash = `#t=${time.toFixed(6)}s&zoom=${trim(widthOfView() / 1e6)}ms`;
            try { history.replaceState(null, "", hash); } catch { /* a sandbox may forbid it */ }
          }, 250);
        }
        """#
}
