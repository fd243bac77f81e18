// SPDX-License-Identifier: Apache-2.0

extension PageScript {
    /// The axis, the members' lanes, what they were, and how their logs grew.
    static let lanes = #"""
        // ---- Lanes, roles, logs --------------------------------------------------------------

        function drawGround() {
          plan.lanes.forEach((lane) => {
            pen.fillStyle = ink.lane;
            pen.fillRect(0, lane.top + 1, plan.width, lane.height - 2);
          });
        }

        function drawGutter() {
          pen.fillStyle = ink.paper;
          pen.fillRect(0, 0, plan.left, plan.height);
          pen.textAlign = "center";
          plan.lanes.forEach((lane, member) => {
            pen.fillStyle = ink.panel;
            pen.fillRect(0, lane.top + 1, plan.left - 1, lane.height - 2);
            pen.fillStyle = ink.ink;
            pen.font = `bold 15px ${face}`;
            pen.fillText(memberName(member), plan.left / 2, lane.band.middle);
            if (lane.logRange) drawRange(lane);
          });
          pen.font = `11px ${face}`;
          pen.textAlign = "left";
        }

        /** The indexes at the top and the bottom of a lane's chart. */
        function drawRange(lane) {
          if (lane.chart.height < 22) return;
          pen.font = `9px ${face}`;
          pen.fillStyle = ink.dim;
          pen.textAlign = "right";
          pen.fillText(lane.logRange.high, plan.left - 4, lane.chart.top + 4);
          if (lane.chart.height > 34) {
            pen.fillText(lane.logRange.low, plan.left - 4, lane.chart.top + lane.chart.height - 4);
          }
          pen.textAlign = "center";
        }

        function eachTick(body) {
          const step = tickStep((plan.right - plan.left) / 90);
          const digits = Math.max(0, Math.min(9, Math.ceil(9 - Math.log10(step) - 1e-9)));
          for (let n = Math.ceil(view.begin / step); n * step <= view.end; n++) {
            body(x(n * step), n * step < 0 ? "" : seconds(n * step, digits));
          }
        }

        function drawGrid() {
          pen.fillStyle = ink.rule;
          eachTick((x) => pen.fillRect(Math.round(x), axisHeight, 1, plan.height));
        }

        function drawAxis() {
          pen.fillStyle = ink.paper;
          pen.fillRect(plan.left, 0, plan.width, axisHeight);
          pen.fillStyle = ink.dim;
          pen.textAlign = "center";
          eachTick((x, words) => {
            pen.fillRect(Math.round(x), axisHeight - 4, 1, 4);
            if (x > plan.left + 15) pen.fillText(words, x, axisHeight / 2);
          });
          pen.textAlign = "left";
        }

        function drawBands() {
          pen.font = `bold 11px ${face}`;
          plan.lanes.forEach((lane, member) => {
            const { top, height, middle } = lane.band;
            let lastPixel = -1;
            stateLanes[member].each(view.begin, view.end, (span) => {
              const x0 = clamp(x(span.t0)), x1 = Math.max(clamp(x(span.t1)), x0 + 1);
              // Of many in one pixel, one is enough; what leads is shown before all others.
              if (x1 - x0 < 2 && Math.floor(x0) === lastPixel && span.state !== "leader") return;
              lastPixel = Math.floor(x0);
              pen.fillStyle = stateFill(span.state);
              pen.fillRect(x0, top, x1 - x0, height);
              if (x1 - x0 > 3) {
                pen.fillStyle = ink.paper;
                pen.fillRect(x0, top, 1, height);
              }
              hitBox(span, x0, top, x1, top + height);
              drawBandLabel(span, Math.max(x0, plan.left), Math.min(x1, plan.right), middle);
            });
          });
          pen.font = `11px ${face}`;
        }

        function bandWords(span) {
          const word = stateWord(span.state);
          if (span.term < 0) return [word];
          const follows = span.state === "follower"
            ? (span.leader < 0 ? "follower, no leader" : `follows ${memberName(span.leader)}`) : word;
          return [`${follows} · term ${span.term}`, `term ${span.term}`, String(span.term)];
        }

        function drawBandLabel(span, x0, x1, y) {
          if (x1 - x0 < 10) return;
          const words = bandWords(span).find((words) => pen.measureText(words).width < x1 - x0 - 8);
          if (!words) return;
          const colour = ink[stateLook[span.state][1]];
          if (hatch[span.state] && span.state !== "ended") {
            pen.lineWidth = 3;
            pen.lineJoin = "round";
            pen.strokeStyle = ink[stateLook[span.state][0]];
            pen.strokeText(words, x0 + 5, y);
            pen.fillStyle = span.state === "down" ? ink.dim : colour;
          } else {
            pen.fillStyle = colour;
          }
          pen.fillText(words, x0 + 5, y);
        }

        // The four lines of a log: what is in it, on disk, committed, applied.

        /** Calls `body` with a member's steps that can be seen, and the one before them. */
        function visibleSteps(member, body) {
          const steps = progress[member];
          let place = Math.max(0, firstWhere(steps.length, (at) => steps[at].time > view.begin) - 1);
          for (; place < steps.length && steps[place].time <= view.end; place++) body(steps[place]);
        }

        function drawCharts() {
          let low = Infinity, high = -Infinity;
          plan.lanes.forEach((_, member) => visibleSteps(member, (step) => {
            low = Math.min(low, step.applied, step.durable);
            high = Math.max(high, step.last, step.commit);
          }));
          if (high < low) return;
          plan.lanes.forEach((lane, member) => {
            lane.logRange = { low, high };
            drawChart(lane, member, low, Math.max(high, low + 1));
          });
        }

        function drawChart(lane, member, low, high) {
          const { top, height } = lane.chart;
          const y = (index) => top + height - (index - low) / (high - low) * height;
          // A process that ends forgets; its lines end with it.
          const ends = [];
          stateLanes[member].each(-Infinity, view.end, (span) => {
            if (span.state === "down" || span.state === "ended") ends.push(span.t0);
          });
          const steps = [];
          visibleSteps(member, (step) => {
            const previous = steps.at(-1);
            if (previous && Math.floor(x(previous.time)) === Math.floor(x(step.time))
              && ends.every((end) => end < previous.time || end > step.time)) steps.pop();
            steps.push(step);
          });
          const until = steps.map((step, place) => {
            const next = steps[place + 1]?.time ?? recording.end;
            return Math.min(next, ends.find((end) => end >= step.time) ?? Infinity);
          });
          pen.fillStyle = ink.open;
          steps.forEach((step, place) => {
            const x0 = clamp(x(step.time)), x1 = clamp(x(until[place]));
            pen.fillRect(x0, y(step.last), Math.max(x1 - x0, 0.5), y(step.commit) - y(step.last));
          });
          const lines = [
            ["durable", ink["durable-line"], 1, [2, 2]], ["commit", ink.commit, 1.6, []],
            ["applied", ink["applied-line"], 1.2, [5, 3]],
          ];
          for (const [what, colour, width, dash] of lines) {
            pen.strokeStyle = colour;
            pen.lineWidth = width;
            pen.setLineDash(dash);
            pen.beginPath();
            steps.forEach((step, place) => {
              const begins = place === 0 || until[place - 1] !== step.time;
              const x0 = clamp(x(step.time));
              if (begins) pen.moveTo(x0, y(step[what])); else pen.lineTo(x0, y(step[what]));
              pen.lineTo(clamp(x(until[place])), y(step[what]));
            });
            pen.stroke();
          }
          pen.setLineDash([]);
        }

        function progressAt(member, time) {
          const steps = progress[member];
          return steps[firstWhere(steps.length, (at) => steps[at].time > time) - 1];
        }

        function stateAt(member, time) {
          let found = null;
          stateLanes[member].each(time, time, (span) => { found = span; });
          return found;
        }
        """#
}
