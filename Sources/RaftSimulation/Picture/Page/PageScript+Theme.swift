// SPDX-License-Identifier: Apache-2.0

extension PageScript {
    /// Colours, patterns and shapes.
    static let theme = #"""
        // ---- Colours and shapes --------------------------------------------------------------

        const byId = (id) => document.getElementById(id);
        const canvas = byId("diagram"), pen = canvas.getContext("2d");
        const face = '"Segoe UI", system-ui, "DejaVu Sans", sans-serif';

        /** Colours by name, as the style sheet has them. */
        let ink = {};
        /** Fills that are told apart without colour. */
        let hatch = {};

        function readTheme() {
          const style = getComputedStyle(document.documentElement);
          ink = new Proxy({}, {
            get: (known, name) => known[name] ??= style.getPropertyValue(`--${name}`).trim(),
          });
          hatch = {
            down: stripes(ink.down, ink.dim, 7, 0.45),
            ended: stripes(ink.ended, ink.down, 7, 0.5),
            candidate: stripes(ink.candidate, ink["role-ink"], 6, 0.28),
            preCandidate: dots(ink.preCandidate, ink["role-ink"], 6),
            fault: stripes("transparent", ink.fault, 9, 0.35),
            rejected: stripes(ink.rejected, ink.paper, 4, 0.6),
          };
        }

        function tile(size, paint) {
          const canvas = document.createElement("canvas");
          canvas.width = canvas.height = size;
          paint(canvas.getContext("2d"));
          return pen.createPattern(canvas, "repeat");
        }

        const stripes = (ground, colour, size, alpha) => tile(size, (pen) => {
          pen.fillStyle = ground;
          pen.fillRect(0, 0, size, size);
          pen.strokeStyle = colour;
          pen.globalAlpha = alpha;
          pen.lineWidth = 1.4;
          pen.beginPath();
          for (const shift of [-size, 0, size]) {
            pen.moveTo(shift - 1, size + 1);
            pen.lineTo(shift + size + 1, -1);
          }
          pen.stroke();
        });

        const dots = (ground, colour, size) => tile(size, (pen) => {
          pen.fillStyle = ground;
          pen.fillRect(0, 0, size, size);
          pen.fillStyle = colour;
          pen.globalAlpha = 0.45;
          pen.fillRect(size / 2 - 1, size / 2 - 1, 2, 2);
        });

        const stateLook = {
          down: ["down", "role-ink"], ended: ["ended", "ended-ink"],
          starting: ["starting", "role-ink"], founding: ["founding", "role-ink"],
          recovering: ["recovering", "role-ink"], follower: ["follower", "ink"],
          preCandidate: ["preCandidate", "role-ink"], candidate: ["candidate", "role-ink"],
          leader: ["leader", "leader-ink"],
        };
        const stateWords = { preCandidate: "pre-candidate" };
        const stateFill = (state) => hatch[state] || ink[stateLook[state][0]];
        const stateWord = (state) => stateWords[state] || state;

        const topicColour = (topic) => ink[topic === "founding" ? "topic-founding" : topic];
        const outcomeFill = (outcome) => hatch[outcome] || ink[outcome];

        const noteColour = {
          start: "good", crash: "alarm", election: "leader", truncation: "vote", tailLost: "vote",
          heal: "good",
        };

        /** Draws a mark of about 12 by 12 around a point. */
        function drawMark(pen, note, x, y) {
          pen.fillStyle = pen.strokeStyle = ink[noteColour[note]];
          pen.lineWidth = 2.5;
          pen.beginPath();
          switch (note) {
          case "crash":
            pen.moveTo(x - 5, y - 5);
            pen.lineTo(x + 5, y + 5);
            pen.moveTo(x + 5, y - 5);
            pen.lineTo(x - 5, y + 5);
            halo(pen, () => pen.stroke());
            break;
          case "start": polygon(pen, [[x - 4, y - 6], [x + 6, y], [x - 4, y + 6]]); break;
          case "truncation": polygon(pen, [[x + 4, y - 6], [x - 6, y], [x + 4, y + 6]]); break;
          case "tailLost":
            polygon(pen, [[x, y - 6], [x + 6, y], [x, y + 6], [x - 6, y]]);
            break;
          case "election": {
            const points = [];
            for (let corner = 0; corner < 10; corner++) {
              const angle = -Math.PI / 2 + corner * Math.PI / 5, radius = corner % 2 ? 3 : 7;
              points.push([x + radius * Math.cos(angle), y + radius * Math.sin(angle)]);
            }
            polygon(pen, points);
            break;
          }
          case "heal": polygon(pen, [
            [x - 2, y - 6], [x + 2, y - 6], [x + 2, y - 2], [x + 6, y - 2], [x + 6, y + 2],
            [x + 2, y + 2], [x + 2, y + 6], [x - 2, y + 6], [x - 2, y + 2], [x - 6, y + 2],
            [x - 6, y - 2], [x - 2, y - 2]]);
          }
        }

        function polygon(pen, points) {
          pen.beginPath();
          points.forEach(([x, y], place) => place ? pen.lineTo(x, y) : pen.moveTo(x, y));
          pen.closePath();
          halo(pen, () => pen.fill());
        }

        /** Draws the path once wider in the colour of the paper, so that it stands out. */
        function halo(pen, draw) {
          const { strokeStyle, lineWidth } = pen;
          pen.strokeStyle = ink.paper;
          pen.lineWidth = lineWidth + 2.5;
          pen.stroke();
          Object.assign(pen, { strokeStyle, lineWidth });
          draw();
        }

        function label(words, x, y, colour = ink.ink) {
          pen.lineJoin = "round";
          pen.lineWidth = 3;
          pen.strokeStyle = ink.paper;
          pen.strokeText(words, x, y);
          pen.fillStyle = colour;
          pen.fillText(words, x, y);
        }
        """#
}
