// SPDX-License-Identifier: Apache-2.0

extension PageScript {
    /// Arrows between the lanes.
    static let messages = #"""
        // ---- Messages ------------------------------------------------------------------------

        /** Where a message begins and ends; what never arrives ends on the way. */
        function arrow(message) {
          const from = plan.lanes[message.from].band, to = plan.lanes[message.to].band;
          const isDown = to.top > from.top;
          const line = {
            x0: x(message.t0), y0: isDown ? from.top + from.height : from.top,
            x1: x(message.t1), y1: isDown ? to.top : to.top + to.height,
          };
          if (message.fate === "arrived") return line;
          line.x1 = line.x0 + (line.x1 - line.x0) * 0.55;
          line.y1 = line.y0 + (line.y1 - line.y0) * 0.55;
          return line;
        }

        function visibleMessages() {
          const visible = [];
          messageLine.each(view.begin, view.end, (message) => {
            if (isShown(message)) visible.push(message);
          });
          return visible;
        }

        function drawMessages(visible) {
          const heads = visible.length < 1200;
          const drawn = new Set();
          // One path for all that look alike.
          const paths = new Map();
          for (const message of visible) {
            const line = arrow(message);
            const look = `${message.topic} ${message.fate} ${weight(message)}`;
            if (!heads) {
              const place = `${look} ${message.from} ${message.to} ${Math.round(line.x0)}`;
              if (drawn.has(place)) continue;
              drawn.add(place);
            }
            if (!paths.has(look)) paths.set(look, { message, lines: [] });
            paths.get(look).lines.push(line);
            hits.push({ item: message, line });
          }
          const count = [...paths.values()].reduce((sum, path) => sum + path.lines.length, 1);
          const strength = Math.min(1, Math.max(0.1, (200 / count) ** 0.8));
          for (const { message, lines } of paths.values()) {
            drawLines(message, lines, heads, strength * weight(message));
          }
          pen.globalAlpha = 1;
          if (visible.length <= 120) labelMessages(visible);
        }

        function drawLines(look, lines, heads, alpha) {
          const isLost = look.fate === "lost";
          pen.globalAlpha = isLost ? Math.max(alpha, 0.45 * weight(look)) : alpha;
          pen.strokeStyle = pen.fillStyle = topicColour(look.topic);
          pen.lineWidth = heads ? 1.3 : 1;
          pen.setLineDash(look.fate === "arrived" ? [] : [4, 3]);
          pen.beginPath();
          for (const { x0, y0, x1, y1 } of lines) {
            pen.moveTo(x0, y0);
            pen.lineTo(x1, y1);
          }
          pen.stroke();
          pen.setLineDash([]);
          if (look.fate === "arrived") {
            if (heads) for (const line of lines) drawHead(line);
          } else if (isLost) {
            pen.strokeStyle = ink.alarm;
            drawCrosses(lines, heads ? 3.5 : 2);
          } else {
            for (const { x1, y1 } of lines) {
              pen.beginPath();
              pen.arc(x1, y1, 2.5, 0, 2 * Math.PI);
              pen.fill();
            }
          }
        }

        function drawHead({ x0, y0, x1, y1 }) {
          const length = Math.hypot(x1 - x0, y1 - y0) || 1;
          const dx = (x1 - x0) / length, dy = (y1 - y0) / length;
          pen.beginPath();
          pen.moveTo(x1, y1);
          pen.lineTo(x1 - 7 * dx + 3 * dy, y1 - 7 * dy - 3 * dx);
          pen.lineTo(x1 - 7 * dx - 3 * dy, y1 - 7 * dy + 3 * dx);
          pen.fill();
        }

        function drawCrosses(lines, size) {
          pen.lineWidth = 1.6;
          pen.beginPath();
          for (const { x1, y1 } of lines) {
            pen.moveTo(x1 - size, y1 - size);
            pen.lineTo(x1 + size, y1 + size);
            pen.moveTo(x1 + size, y1 - size);
            pen.lineTo(x1 - size, y1 + size);
          }
          pen.stroke();
        }

        /** Writes on the arrows what they say, where there is room. */
        function labelMessages(visible) {
          const taken = [];
          pen.font = `10px ${face}`;
          for (const message of visible) {
            const line = arrow(message);
            const share = message.fate === "arrived" ? 0.35 : 0.6;
            const left = line.x0 + (line.x1 - line.x0) * share + 5;
            const y = line.y0 + (line.y1 - line.y0) * share;
            const words = message.text.replace(/ after .*|, (commit|log|round|number) .*/, "");
            const box = { x0: left, x1: left + pen.measureText(words).width, y0: y - 7, y1: y + 7 };
            if (box.x0 < plan.left || box.x1 > plan.width) continue;
            if (taken.some((other) => box.x0 < other.x1 && other.x0 < box.x1
              && box.y0 < other.y1 && other.y0 < box.y1)) continue;
            taken.push(box);
            pen.globalAlpha = weight(message);
            label(words, left, y, topicColour(message.topic));
          }
          pen.globalAlpha = 1;
          pen.font = `11px ${face}`;
        }
        """#
}
