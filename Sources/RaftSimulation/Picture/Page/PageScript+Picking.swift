// SPDX-License-Identifier: Apache-2.0

extension PageScript {
    /// What is under the pointer, and what is brought out.
    static let picking = #"""
        // ---- What is under the pointer -------------------------------------------------------

        /** What was drawn last near a point; else the lane as it was at that time. */
        function pick(px, py) {
          let best = null, bestDistance = 6;
          for (let place = hits.length - 1; place >= 0; place--) {
            const hit = hits[place];
            if (hit.line) {
              const distance = distanceTo(hit.line, px, py);
              if (distance < bestDistance) [best, bestDistance] = [hit.item, distance];
            } else if (px >= hit.x0 && px <= hit.x1 && py >= hit.y0 && py <= hit.y1) {
              // A box is hit squarely; only an arrow close by is preferred to a wide one.
              if (hit.item.kind === "note" || hit.item.kind === "fault") return hit.item;
              if (!best || bestDistance > 3) return hit.item;
            }
          }
          return best || laneUnder(px, py);
        }

        function distanceTo({ x0, y0, x1, y1 }, px, py) {
          const dx = x1 - x0, dy = y1 - y0;
          const length = dx * dx + dy * dy || 1;
          const share = Math.min(1, Math.max(0, ((px - x0) * dx + (py - y0) * dy) / length));
          return Math.hypot(px - x0 - share * dx, py - y0 - share * dy);
        }

        function laneUnder(px, py) {
          const member = plan.lanes.findIndex(
            (lane) => lane && py >= lane.top && py < lane.top + lane.height);
          if (member < 0 || px < plan.left) return null;
          const time = timeAt(px);
          return { kind: "moment", member, t0: time, t1: time };
        }

        function drawHighlight(item) {
          pen.strokeStyle = ink.focus;
          pen.lineWidth = 2.5;
          if (item.kind === "moment") {
            pen.globalAlpha = 0.5;
            pen.fillStyle = ink.focus;
            pen.fillRect(x(item.t0), axisHeight, 1, plan.height);
            pen.globalAlpha = 1;
            return;
          }
          if (item.kind === "message") {
            if (!isShown(item)) return;
            const line = arrow(item);
            pen.lineWidth = 3;
            pen.strokeStyle = pen.fillStyle = item === pinned ? ink.focus : topicColour(item.topic);
            pen.beginPath();
            pen.moveTo(line.x0, line.y0);
            pen.lineTo(line.x1, line.y1);
            pen.stroke();
            if (item.fate === "arrived") drawHead(line);
            const words = `${item.text}${item.fate === "arrived" ? "" : ` (${item.fate})`}`;
            return label(words, (line.x0 + line.x1) / 2 + 8, (line.y0 + line.y1) / 2);
          }
          const hit = hits.find((hit) => hit.item === item);
          if (!hit) return;
          pen.strokeRect(hit.x0 - 1, hit.y0 - 1, hit.x1 - hit.x0 + 2, hit.y1 - hit.y0 + 2);
        }
        """#
}
