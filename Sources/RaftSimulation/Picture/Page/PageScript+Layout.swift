// SPDX-License-Identifier: Apache-2.0

extension PageScript {
    /// What is shown, and where on the canvas.
    static let layout = #"""
        // ---- What is shown, and where --------------------------------------------------------

        const filters = [
          ["append", "appends", "line"], ["heartbeat", "heartbeats", "line"],
          ["vote", "votes", "line"], ["read", "reads", "line"], ["forward", "forwards", "line"],
          ["founding", "founding", "line"], ["calls", "client calls", "applied"],
          ["log", "log", "open"], ["disk", "disk", "disk"], ["faults", "faults", "fault"],
        ];
        const shown = Object.fromEntries(filters.map(([name]) => [name, true]));
        const shownMembers = recording.members.map(() => true);

        const isShown = (message) =>
          shown[message.topic] && shownMembers[message.from] && shownMembers[message.to];

        const gutter = 44, axisHeight = 22, faultRowHeight = 15;
        /** The places of everything, in CSS pixels. */
        let plan = { lanes: [] };

        function measure() {
          const width = canvas.clientWidth, height = canvas.clientHeight;
          const scale = window.devicePixelRatio || 1;
          if (canvas.width !== Math.round(width * scale)) canvas.width = Math.round(width * scale);
          if (canvas.height !== Math.round(height * scale)) {
            canvas.height = Math.round(height * scale);
          }
          pen.setTransform(scale, 0, 0, scale, 0, 0);
          const rows = shown.faults ? Math.min(faultRows, height < 520 ? 3 : 5) : 0;
          plan = {
            width, height, left: gutter, right: width - 8,
            faults: { top: axisHeight, rows, height: rows * faultRowHeight + (rows ? 4 : 0) },
            lanes: [],
          };
          const top = axisHeight + plan.faults.height;
          const members = [...shownMembers.keys()].filter((member) => shownMembers[member]);
          const each = (height - top - 4) / Math.max(1, members.length);
          members.forEach((member, place) => {
            plan.lanes[member] = laneAt(top + place * each, each);
          });
        }

        /** A lane from top to bottom: log, role, disk, calls. */
        function laneAt(top, height) {
          const band = Math.min(22, Math.max(13, height * 0.17));
          const rest = height - band - 8;
          const diskHeight = shown.disk ? Math.min(13, Math.max(5, height * 0.09)) : 0;
          const calls = shown.calls ? (rest - diskHeight) * (shown.log ? 0.5 : 1) : 0;
          const chart = rest - diskHeight - calls;
          const bandTop = top + 3 + (shown.log ? chart : (rest - diskHeight - calls) / 2);
          return {
            top, height,
            chart: { top: top + 5, height: shown.log ? chart - 4 : 0 },
            band: { top: bandTop, height: band, middle: bandTop + band / 2 },
            disk: { top: bandTop + band + 1, height: diskHeight - 1 },
            calls: { top: bandTop + band + diskHeight + 2, height: calls - 4 },
          };
        }

        const x = (time) =>
          plan.left + (time - view.begin) / widthOfView() * (plan.right - plan.left);
        const timeAt = (x) =>
          view.begin + (x - plan.left) / (plan.right - plan.left) * widthOfView();
        const clamp = (x) => Math.min(Math.max(x, plan.left - 20), plan.right + 20);

        /** What was drawn where in the last picture, for the pointer; later ones lie above. */
        let hits = [];
        const hitBox = (item, x0, y0, x1, y1) => hits.push({ item, x0, y0, x1, y1 });

        let pinned = null, hovered = null;
        let isPlanned = false;
        function invalidate() {
          if (isPlanned) return;
          isPlanned = true;
          requestAnimationFrame(() => {
            isPlanned = false;
            draw();
          });
        }

        function draw() {
          measure();
          hits = [];
          pen.font = `11px ${face}`;
          pen.textBaseline = "middle";
          pen.fillStyle = ink.paper;
          pen.fillRect(0, 0, plan.width, plan.height);
          drawGround();
          pen.save();
          pen.beginPath();
          pen.rect(plan.left, 0, plan.width - plan.left, plan.height);
          pen.clip();
          drawFaultShades();
          drawGrid();
          if (shown.log) drawCharts();
          const messages = visibleMessages();
          // A crowd of arrows must not hide the rest; a few must not be hidden.
          const isCrowd = messages.length > 700;
          if (isCrowd) drawMessages(messages);
          drawBands();
          if (shown.disk) drawDisks();
          if (shown.calls) drawCalls();
          if (!isCrowd) drawMessages(messages);
          drawNotes();
          drawAxis();
          if (shown.faults) drawFaultBars();
          drawOmissions();
          drawFailure();
          for (const item of [hovered, pinned]) if (item) drawHighlight(item);
          pen.restore();
          drawGutter();
          drawOverview();
        }
        """#
}
