// SPDX-License-Identifier: Apache-2.0

extension PageScript {
    /// Disks, calls, faults, marks, and the failure.
    static let activity = #"""
        // ---- Disks, calls, faults, marks -----------------------------------------------------

        /** How strongly to draw an item while something is searched for. */
        const weight = (item) => !query || item.isMatch ? 1 : 0.15;

        function drawDisks() {
          plan.lanes.forEach((lane, member) => {
            const { top, height } = lane.disk;
            let lastPixel = -1;
            diskLanes[member].each(view.begin, view.end, (job) => {
              const x0 = clamp(x(job.t0)), x1 = Math.max(clamp(x(job.t1)), x0 + 1);
              const isPlain = job.outcome === "done";
              if (isPlain && x1 - x0 < 2 && Math.floor(x0) === lastPixel && !query) return;
              lastPixel = Math.floor(x0);
              pen.globalAlpha = weight(job);
              pen.fillStyle = isPlain || job.isOpen
                ? ink[job.isRead ? "disk-read" : "disk"] : ink.alarm;
              pen.fillRect(x0, top, Math.max(1, x1 - x0 - 0.5), height);
              hitBox(job, x0 - 1, top - 1, x1 + 1, top + height + 1);
              if (height > 9 && x1 - x0 > 40) {
                pen.font = `9px ${face}`;
                pen.globalAlpha *= 0.9;
                fitted(job.text, x0 + 3, top + height / 2 + 0.5, x1 - x0 - 6, ink.paper);
                pen.font = `11px ${face}`;
              }
            });
          });
          pen.globalAlpha = 1;
        }

        /** Writes as much of some words as fits, or nothing. */
        function fitted(words, left, y, width, colour) {
          const start = Math.max(left, plan.left + 3);
          width -= start - left;
          if (width < 12) return;
          let count = words.length;
          if (pen.measureText(words).width > width) {
            count = Math.floor(words.length * width / pen.measureText(words).width) - 1;
            if (count < 3) return;
            words = words.slice(0, count) + "…";
          }
          pen.fillStyle = colour;
          pen.fillText(words, start, y);
        }

        const outcomeSign = {
          applied: "✓", answered: "✓", rejected: "✗", unknown: "?", unavailable: "–", waiting: "…",
        };

        function drawCalls() {
          plan.lanes.forEach((lane, member) => {
            const { top, height } = lane.calls;
            // As high as those that can be seen leave room for.
            let rows = 1;
            callLanes[member].each(view.begin, view.end, (call) => {
              rows = Math.max(rows, call.row + 1);
            });
            rows = Math.min(rows, Math.max(1, Math.floor(height / 4)));
            const rowHeight = Math.min(13, height / rows);
            callLanes[member].each(view.begin, view.end, (call) => {
              const x0 = clamp(x(call.t0)), x1 = Math.max(clamp(x(call.t1)), x0 + 2);
              const y = top + (call.row % rows) * rowHeight, barHeight = Math.max(2, rowHeight - 1);
              pen.globalAlpha = weight(call);
              drawCall(call, x0, x1, y, barHeight);
              hitBox(call, x0 - 1, y, x1 + 1, y + barHeight);
            });
          });
          pen.globalAlpha = 1;
        }

        function drawCall(call, x0, x1, y, height) {
          pen.fillStyle = outcomeFill(call.outcome);
          if (call.isRead) {
            // Reads are hollow: told from commands without colour.
            pen.globalAlpha *= 0.3;
            pen.fillRect(x0, y, x1 - x0, height);
            pen.globalAlpha /= 0.3;
            pen.strokeStyle = ink[call.outcome];
            pen.lineWidth = 1;
            if (x1 - x0 > 3) pen.strokeRect(x0 + 0.5, y + 0.5, x1 - x0 - 1, height - 1);
            else pen.fillRect(x0, y, x1 - x0, height);
          } else {
            pen.fillRect(x0, y, x1 - x0, height);
          }
          if (height < 9 || x1 - x0 < 24) return;
          const client = call.caller.startsWith("client") ? `c${call.caller.slice(7)} ` : "";
          const sign = outcomeSign[call.outcome];
          const colour = call.isRead || call.outcome === "waiting" ? ink.ink : ink["role-ink"];
          pen.font = `9.5px ${face}`;
          fitted(`${sign} ${client}${call.text}${call.answer ? ` → ${call.answer}` : ""}`,
            x0 + 3, y + height / 2 + 0.5, x1 - x0 - 5, colour);
          pen.font = `11px ${face}`;
        }

        // Faults.

        /** The members whose lanes a fault shades: those it hits; of cut links, where most end. */
        function hitMembers(fault) {
          if (fault.members.length || !fault.links.length) return fault.members;
          const ends = recording.members.map(() => 0);
          for (const link of fault.links) for (const end of link) ends[end]++;
          const most = Math.max(...ends);
          return [...ends.keys()].filter((member) => ends[member] === most);
        }

        function drawFaultShades() {
          if (!shown.faults) return;
          faultLine.each(view.begin, view.end, (fault) => {
            const x0 = clamp(x(fault.t0)), x1 = clamp(x(fault.t1));
            if (x1 - x0 < 1) return;
            for (const member of hitMembers(fault)) {
              const lane = plan.lanes[member];
              if (!lane) continue;
              pen.globalAlpha = (fault.links.length ? 0.42 : 0.10) * weight(fault);
              pen.fillStyle = fault.links.length ? hatch.fault : ink.fault;
              pen.fillRect(x0, lane.top + 1, x1 - x0, lane.height - 2);
            }
          });
          pen.globalAlpha = 1;
        }

        function drawFaultBars() {
          const { top, height, rows } = plan.faults;
          if (!rows) return;
          pen.fillStyle = ink.paper;
          pen.fillRect(plan.left, top, plan.width, height);
          faultLine.each(view.begin, view.end, (fault) => {
            const x0 = clamp(x(fault.t0)), x1 = Math.max(clamp(x(fault.t1)), x0 + 3);
            // What does not fit lies thin on the last row.
            const fits = fault.row < rows;
            const y = top + 2 + Math.min(fault.row, rows - 1) * faultRowHeight;
            pen.globalAlpha = (fits ? 0.3 : 0.15) * weight(fault);
            pen.fillStyle = ink.fault;
            pen.fillRect(x0, y, x1 - x0, faultRowHeight - 2);
            pen.globalAlpha = weight(fault);
            pen.fillRect(x0, y, 2, faultRowHeight - 2);
            hitBox(fault, x0 - 2, y, x1 + 2, y + faultRowHeight - 2);
            if (fits) fitted(fault.text, x0 + 5, y + faultRowHeight / 2 - 0.5, x1 - x0 - 8, ink.ink);
          });
          pen.globalAlpha = 1;
        }

        // Marks.

        function drawNotes() {
          const taken = new Set();
          noteLine.each(view.begin, view.end, (note) => {
            const at = x(note.t0);
            if (note.member < 0) {
              pen.fillStyle = ink.good;
              for (let y = axisHeight; y < plan.height; y += 8) pen.fillRect(at, y, 1.5, 4);
              label(note.text, at + 5, plan.height - 10, ink.good);
              return hitBox(note, at - 3, axisHeight, at + 3, plan.height);
            }
            const lane = plan.lanes[note.member];
            if (!lane) return;
            // Marks of one kind that would cover each other are one.
            const place = `${note.member} ${note.note} ${Math.round(at / 5)}`;
            if (taken.has(place)) return;
            taken.add(place);
            pen.globalAlpha = weight(note);
            const y = lane.band.top - (note.note === "election" ? 7 : 1);
            drawMark(pen, note.note, at, y);
            hitBox(note, at - 7, y - 7, at + 7, y + 7);
          });
          pen.globalAlpha = 1;
        }

        /** Where the older ones of a kind are left out for want of room. */
        function drawOmissions() {
          recording.omissions.forEach((omission, place) => {
            if (omission.before < view.begin || omission.before > view.end) return;
            const at = x(omission.before);
            pen.fillStyle = ink.dim;
            for (let y = axisHeight; y < plan.height; y += 5) pen.fillRect(at, y, 1, 2);
            const hasRoom = at > plan.left + 240;
            pen.textAlign = hasRoom ? "right" : "left";
            label(`← ${omission.count} older ${omission.what} are left out`,
              at + (hasRoom ? -4 : 4), plan.height - 24 - 13 * place, ink.dim);
            pen.textAlign = "left";
          });
        }

        function drawFailure() {
          const failure = recording.failure;
          if (!failure || failure.time < view.begin || failure.time > view.end) return;
          const at = x(failure.time);
          pen.fillStyle = ink.alarm;
          pen.fillRect(at - 1, 0, 2.5, plan.height);
          pen.font = `bold 11px ${face}`;
          pen.textAlign = "right";
          label(`✗ ${failure.property}`, at - 5, plan.height - 10, ink.alarm);
          pen.textAlign = "left";
          pen.font = `11px ${face}`;
        }
        """#
}
