// SPDX-License-Identifier: Apache-2.0

extension PageScript {
    /// Items in words, and the legend.
    static let details = #"""
        // ---- Items in words ------------------------------------------------------------------

        const memberWords = (position) => `member ${memberName(position)}`;
        const spanRows = (item) => [
          ["from", seconds(item.t0)],
          ["until", item.isOpen ? "the end of the recording" : seconds(item.t1)],
          ["lasting", duration(item.t1 - item.t0)],
        ];

        /** A title and rows of names and values. */
        function describe(item) {
          switch (item.kind) {
          case "message": return describeMessage(item);
          case "state": {
            const rows = spanRows(item);
            if (item.term >= 0) rows.unshift(["term", item.term]);
            if (item.leader >= 0) rows.push(["leader", memberWords(item.leader)]);
            return { title: `${memberWords(item.member)}: ${stateWord(item.state)}`, rows };
          }
          case "call": return describeCall(item);
          case "disk": {
            const rows = [["outcome", item.outcome], ...spanRows(item)];
            if (item.error) rows.splice(1, 0, ["error", item.error]);
            return { title: `Disk of ${memberName(item.member)}: ${item.text}`, rows };
          }
          case "fault": {
            const rows = item.t1 > item.t0 || item.isOpen ? spanRows(item) : [["at", seconds(item.t0)]];
            if (item.members.length) rows.push(["hits", item.members.map(memberName).join(", ")]);
            if (item.links.length) rows.push(["links", item.links
              .map(([from, to]) => `${memberName(from)}→${memberName(to)}`).join(", ")]);
            return { title: `Fault: ${item.text}`, rows };
          }
          case "note": {
            const who = item.member < 0 ? "everywhere" : memberWords(item.member);
            return { title: `${who}: ${item.text}`, rows: [["at", seconds(item.t0)]] };
          }
          case "failure":
            return { title: item.property, rows: [["at", seconds(item.t0)], ["found", item.found],
              ["expected", item.expected]] };
          default: return describeMoment(item);
          }
        }

        function describeMessage(message) {
          const rows = [
            ["from", memberWords(message.from)], ["to", memberWords(message.to)],
            ["sent", seconds(message.t0)],
          ];
          if (message.fate === "arrived") {
            rows.push(["arrived", seconds(message.t1)],
              ["under way", duration(message.t1 - message.t0)]);
          } else {
            rows.push(["arrived", message.fate === "lost" ? "never: lost" : "not yet at the end"]);
          }
          if (message.term >= 0) rows.push(["term", message.term]);
          rows.push(["size", `${message.bytes} bytes`]);
          if (message.isCopy) rows.push(["copy", "delivered once more than it was sent"]);
          return { title: message.text, rows };
        }

        function describeCall(call) {
          const rows = [
            ["called by", call.caller], ["on", memberWords(call.member)],
            ["outcome", `${outcomeSign[call.outcome]} ${call.outcome}`],
          ];
          if (call.answer) rows.push(["answer", call.answer]);
          if (call.index > 0) rows.push(["log index", call.index]);
          return { title: `Call ${call.number}: ${call.text}`, rows: rows.concat(spanRows(call)) };
        }

        function describeMoment(moment) {
          const state = stateAt(moment.member, moment.t0);
          const rows = [["at", seconds(moment.t0)]];
          if (state) {
            rows.push(["is", stateWord(state.state)]);
            if (state.term >= 0) rows.push(["term", state.term]);
            const step = state.term >= 0 ? progressAt(moment.member, moment.t0) : null;
            if (step) rows.push(["last entry", step.last], ["durable", step.durable],
              ["committed", step.commit], ["applied", step.applied]);
          }
          return { title: memberWords(moment.member), rows };
        }

        function element(name, words, className) {
          const element = document.createElement(name);
          if (words !== undefined) element.textContent = words;
          if (className) element.className = className;
          return element;
        }

        function showDetails() {
          const item = pinned || hovered, place = byId("details");
          if (!item) {
            return place.replaceChildren(
              element("p", "Point at something; click to keep it here.", "figures"));
          }
          const { title, rows } = describe(item);
          const list = element("dl");
          for (const [name, value] of rows) {
            list.append(element("dt", name), element("dd", String(value)));
          }
          place.replaceChildren(element("h3", title), list);
          if (pinned) place.append(element("p", "Kept; Esc lets go.", "pinned"));
        }

        // ---- Legend --------------------------------------------------------------------------

        function showLegend() {
          const place = byId("legend-body");
          place.replaceChildren();
          const add = (words, paint) => {
            const row = element("div"), sample = element("canvas");
            sample.width = 52;
            sample.height = 28;
            const pen = sample.getContext("2d");
            pen.scale(2, 2);
            paint(pen);
            row.append(sample, element("span", words));
            place.append(row);
          };
          const box = (fill) => (pen) => {
            pen.fillStyle = fill;
            pen.fillRect(1, 1, 24, 12);
          };
          const line = (colour, width, dash) => (pen) => {
            pen.strokeStyle = colour;
            pen.lineWidth = width;
            pen.setLineDash(dash);
            pen.beginPath();
            pen.moveTo(1, 7);
            pen.lineTo(25, 7);
            pen.stroke();
          };
          for (const state of recording.stateNames) add(stateWord(state), box(stateFill(state)));
          add("committed", line(ink.commit, 2, []));
          add("applied", line(ink["applied-line"], 1.5, [5, 3]));
          add("on disk", line(ink["durable-line"], 1.5, [2, 2]));
          add("in the log, not committed", box(ink.open));
          for (const [topic, words] of filters.slice(0, 6)) {
            add(words, line(topicColour(topic), 2, []));
          }
          add("lost message: dashed, ends in a cross", line(ink.alarm, 1.5, [4, 3]));
          add("disk at work; red if it failed", box(ink.disk));
          for (const outcome of callOutcomes.slice(1)) {
            add(`call ${outcome} ${outcomeSign[outcome]}`, box(outcomeFill(outcome)));
          }
          add("reads are hollow, commands full", (pen) => {
            pen.strokeStyle = ink.answered;
            pen.strokeRect(1.5, 1.5, 23, 11);
          });
          add("fault on a member", (pen) => {
            pen.globalAlpha = 0.25;
            box(ink.fault)(pen);
          });
          add("fault on its links", box(hatch.fault));
          const marks = { start: "starts", crash: "goes down", election: "becomes leader",
            truncation: "discards entries", tailLost: "lost the log's tail" };
          for (const [mark, words] of Object.entries(marks)) {
            add(words, (pen) => drawMark(pen, mark, 13, 7));
          }
        }
        """#
}
