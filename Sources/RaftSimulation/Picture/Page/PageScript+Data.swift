// SPDX-License-Identifier: Apache-2.0

extension PageScript {
    /// Reads the recording: lists of numbers become objects with a begin `t0` and an end `t1`.
    static let data = #"""
        // ---- The recording -------------------------------------------------------------------

        const recording = JSON.parse(document.getElementById("recording").textContent);
        const memberCount = recording.members.length;
        const memberName = (position) => position < 0 ? "–" : String(recording.members[position]);
        const text = (number) => number < 0 ? "" : recording.texts[number];

        /** Calls `body` with every element of a list of numbers, `width` of them each. */
        function eachRow(list, width, body) {
          for (let at = 0; at + width <= list.length; at += width) body(list, at);
        }

        /** Items in order of `t0`, with a quick way to those that touch a span of time. */
        class Timeline {
          constructor(items) {
            this.items = items;
            this.latest = new Float64Array(items.length);
            let latest = -Infinity;
            items.forEach((item, place) => {
              latest = Math.max(latest, item.t1);
              this.latest[place] = latest;
            });
          }

          /** Calls `body` with every item that touches the span, in order. */
          each(begin, end, body) {
            const items = this.items;
            for (let place = firstWhere(items.length, (at) => this.latest[at] >= begin);
              place < items.length && items[place].t0 <= end; place++) {
              if (items[place].t1 >= begin) body(items[place]);
            }
          }
        }

        /** The first place of `count` for which `holds`; they hold from some place on. */
        function firstWhere(count, holds) {
          let low = 0, high = count;
          while (low < high) {
            const middle = (low + high) >> 1;
            if (holds(middle)) high = middle; else low = middle + 1;
          }
          return low;
        }

        function readStates() {
          const items = [];
          let time = 0;
          eachRow(recording.states, 6, (row, at) => {
            time += row[at + 4];
            items.push({
              kind: "state", member: row[at], state: recording.stateNames[row[at + 1]],
              term: row[at + 2], leader: row[at + 3], t0: time, t1: time + row[at + 5],
            });
          });
          return items;
        }

        function readProgress() {
          const lanes = recording.members.map(() => []);
          let time = 0;
          eachRow(recording.progress, 6, (row, at) => {
            time += row[at + 1];
            lanes[row[at]].push({
              time, last: row[at + 2], durable: row[at + 3], commit: row[at + 4],
              applied: row[at + 5],
            });
          });
          return lanes;
        }

        function readMessages() {
          const items = [];
          let time = 0;
          eachRow(recording.messages, 9, (row, at) => {
            time += row[at + 2];
            const flight = row[at + 3];
            items.push({
              kind: "message", from: row[at], to: row[at + 1], t0: time, t1: time + flight,
              fate: flight >= 0 ? "arrived" : flight === -1 ? "lost" : "under way",
              isCopy: row[at + 4] === 1, topic: recording.topics[row[at + 5]],
              text: text(row[at + 6]), term: row[at + 7], bytes: row[at + 8],
            });
          });
          // What never arrived is drawn as if it had flown as long as others do.
          const flights = items.filter((m) => m.fate === "arrived").map((m) => m.t1 - m.t0);
          flights.sort((a, b) => a - b);
          const usual = flights[flights.length >> 1] || 1e6;
          for (const message of items) {
            if (message.fate !== "arrived") message.t1 = message.t0 + usual;
          }
          return items;
        }

        const diskOutcomes = ["not done", "done", "failed", "cut off by a crash"];

        function readDisk() {
          const items = [];
          let time = 0;
          eachRow(recording.disk, 7, (row, at) => {
            time += row[at + 3];
            const length = row[at + 4];
            items.push({
              kind: "disk", member: row[at], isRead: row[at + 1] === 1, text: text(row[at + 2]),
              t0: time, t1: length < 0 ? recording.end : time + length, isOpen: length < 0,
              outcome: diskOutcomes[row[at + 5]], error: text(row[at + 6]),
            });
          });
          return items;
        }

        const callOutcomes =
          ["waiting", "applied", "answered", "rejected", "unknown", "unavailable"];

        const callers = [() => "by hand", (n) => `client ${n}`, (n) => `server, round ${n}`];

        function readCalls() {
          const items = [];
          let time = 0;
          eachRow(recording.calls, 11, (row, at) => {
            time += row[at + 6];
            const length = row[at + 7];
            items.push({
              kind: "call", number: row[at], caller: callers[row[at + 1]](row[at + 2]),
              member: row[at + 3], isRead: row[at + 4] === 1, text: text(row[at + 5]), t0: time,
              t1: length < 0 ? recording.end : time + length, isOpen: length < 0,
              outcome: callOutcomes[row[at + 8]], index: row[at + 9], answer: text(row[at + 10]),
            });
          });
          return items;
        }

        function readFaults() {
          const items = [];
          const row = recording.faults;
          let time = 0, at = 0;
          while (at < row.length) {
            time += row[at + 1];
            const length = row[at + 2];
            const fault = {
              kind: "fault", text: text(row[at]), t0: time, isOpen: length < 0,
              t1: length < 0 ? recording.end : Math.min(time + length, recording.end),
              members: [], links: [],
            };
            at += 3;
            for (let count = row[at++]; count > 0; count--) fault.members.push(row[at++]);
            for (let count = row[at++]; count > 0; count--, at += 2) {
              fault.links.push([row[at], row[at + 1]]);
            }
            items.push(fault);
          }
          return items;
        }

        function readNotes() {
          const items = [];
          let time = 0;
          eachRow(recording.notes, 4, (row, at) => {
            time += row[at];
            items.push({
              kind: "note", member: row[at + 1], note: recording.noteKinds[row[at + 2]],
              text: text(row[at + 3]), t0: time, t1: time,
            });
          });
          return items;
        }

        /** Puts every item into the first row that is free when it begins; each takes `least`. */
        function stack(items, least = 0) {
          const ends = [];
          for (const item of items) {
            let row = ends.findIndex((end) => end <= item.t0);
            if (row < 0) row = ends.length;
            ends[row] = Math.max(item.t1, item.t0 + least);
            item.row = row;
          }
          return ends.length;
        }

        const states = readStates(), messageList = readMessages(), disk = readDisk();
        const calls = readCalls(), faults = readFaults(), notes = readNotes();
        const progress = readProgress();
        const byMember = (items) =>
          recording.members.map((_, member) => items.filter((item) => item.member === member));
        const stateLanes = byMember(states).map((items) => new Timeline(items));
        const diskLanes = byMember(disk).map((items) => new Timeline(items));
        const callLanes = byMember(calls).map((items) => {
          stack(items);
          return new Timeline(items);
        });
        const messageLine = new Timeline(messageList), noteLine = new Timeline(notes);
        const faultRows = stack(faults, (recording.end - recording.begin) / 250);
        const faultLine = new Timeline(faults);
        """#
}
