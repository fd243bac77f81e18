// SPDX-License-Identifier: Apache-2.0

extension PageScript {
    /// Mouse, touch, keyboard, and the beginning.
    static let input = #"""
        // ---- Mouse, touch, keyboard ----------------------------------------------------------

        canvas.addEventListener("wheel", (event) => {
          event.preventDefault();
          const pixels = event.deltaMode === 1 ? 16 : 1;
          if (event.shiftKey || Math.abs(event.deltaX) > Math.abs(event.deltaY)) {
            const distance = (event.deltaX || event.deltaY) * pixels;
            move(distance / (plan.right - plan.left) * widthOfView());
          } else {
            zoom(Math.exp(event.deltaY * pixels * 0.0018), timeAt(event.offsetX));
          }
        }, { passive: false });

        /** Pointers that are down, by id: one drags, two pinch. */
        const pointers = new Map();
        let hasMoved = false;

        canvas.addEventListener("pointerdown", (event) => {
          canvas.setPointerCapture(event.pointerId);
          pointers.set(event.pointerId, event.offsetX);
          hasMoved = pointers.size > 1;
        });

        canvas.addEventListener("pointermove", (event) => {
          if (!pointers.has(event.pointerId)) return hover(event.offsetX, event.offsetY);
          const before = [...pointers.values()];
          const distance = event.offsetX - pointers.get(event.pointerId);
          if (!hasMoved && Math.abs(distance) < 4) return;
          hasMoved = true;
          canvas.classList.add("dragging");
          pointers.set(event.pointerId, event.offsetX);
          const after = [...pointers.values()];
          if (after.length === 2) {
            const apart = (pair) => Math.max(10, Math.abs(pair[0] - pair[1]));
            zoom(apart(before) / apart(after), timeAt((after[0] + after[1]) / 2));
          }
          move(-distance / after.length / (plan.right - plan.left) * widthOfView());
        });

        function release(event) {
          const wasDown = pointers.delete(event.pointerId);
          if (pointers.size === 0) canvas.classList.remove("dragging");
          if (wasDown && !hasMoved && event.type === "pointerup") {
            pin(pick(event.offsetX, event.offsetY));
          }
        }
        canvas.addEventListener("pointerup", release);
        canvas.addEventListener("pointercancel", release);
        canvas.addEventListener("pointerleave", () => hover(-1, -1));
        canvas.addEventListener("dblclick", (event) => zoom(0.4, timeAt(event.offsetX)));

        function hover(px, py) {
          const item = px < 0 ? null : pick(px, py);
          if (item === hovered) return;
          hovered = item;
          canvas.style.cursor = item && item.kind !== "moment" ? "pointer" : "";
          if (!pinned) showDetails();
          invalidate();
        }

        function dragStrip(event) {
          if (event.buttons === 0) return;
          strip.setPointerCapture(event.pointerId);
          centre(stripTime(event.offsetX));
        }
        strip.addEventListener("pointerdown", dragStrip);
        strip.addEventListener("pointermove", dragStrip);

        const keys = {
          "+": () => zoom(0.6), "=": () => zoom(0.6), "-": () => zoom(1 / 0.6),
          "−": () => zoom(1 / 0.6), "0": showWhole,
          ArrowLeft: () => move(-widthOfView() * 0.15), ArrowRight: () => move(widthOfView() * 0.15),
          PageUp: () => move(-widthOfView() * 0.9), PageDown: () => move(widthOfView() * 0.9),
          Home: () => show(whole.begin - margin, whole.begin - margin + widthOfView()),
          End: () => show(whole.end + margin - widthOfView(), whole.end + margin),
          f: showFailure, n: () => step(1), p: () => step(-1), Escape: () => pin(null),
          "/": () => byId("search").focus(),
        };

        document.addEventListener("keydown", (event) => {
          if (event.ctrlKey || event.metaKey || event.altKey) return;
          const isTyping = event.target.matches("input[type=search]");
          if (isTyping) {
            if (event.key === "Enter") step(event.shiftKey ? -1 : 1);
            if (event.key === "Escape") canvas.focus();
            return;
          }
          const action = keys[event.key];
          if (!action) return;
          event.preventDefault();
          action();
        });

        byId("search").addEventListener("input", (event) => search(event.target.value));
        byId("next").addEventListener("click", () => step(1));
        byId("previous").addEventListener("click", () => step(-1));
        byId("closer").addEventListener("click", keys["+"]);
        byId("farther").addEventListener("click", keys["-"]);
        byId("whole").addEventListener("click", showWhole);
        byId("to-failure")?.addEventListener("click", showFailure);
        byId("copy").addEventListener("click", () => {
          const range = document.createRange();
          range.selectNodeContents(byId("command"));
          getSelection().removeAllRanges();
          getSelection().addRange(range);
          navigator.clipboard?.writeText(byId("command").textContent).catch(() => {});
        });
        window.addEventListener("hashchange", readAddress);
        new ResizeObserver(invalidate).observe(canvas);

        function adoptTheme() {
          readTheme();
          showFilters();
          showLegend();
          invalidate();
        }
        matchMedia("(prefers-color-scheme: dark)").addEventListener("change", adoptTheme);

        // ---- The beginning -------------------------------------------------------------------

        adoptTheme();
        showDetails();
        showList();
        if (!readAddress() && recording.failure) {
          const time = recording.failure.time;
          show(time - 2e9, time + 2e8);
        }
        """#
}
