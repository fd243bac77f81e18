// SPDX-License-Identifier: Apache-2.0

extension PageScript {
    /// Filters, search, and the list of events.
    static let search = #"""
        // ---- Filters, search, events ---------------------------------------------------------

        let query = "", found = [], foundPlace = -1;
        const failureItem = recording.failure && Object.assign(
          { kind: "failure", t0: recording.failure.time, t1: recording.failure.time },
          recording.failure);
        const searchable = [...messageList, ...calls, ...disk, ...faults, ...notes]
          .sort((a, b) => a.t0 - b.t0);

        /** All that an item says, in small letters. */
        function wordsOf(item) {
          const { title, rows } = describe(item);
          return `${item.kind} ${title} ${rows.map((row) => row.join(" ")).join(" ")}`.toLowerCase();
        }

        function search(words) {
          query = words.trim().toLowerCase();
          const terms = query.split(/\s+/).filter(Boolean);
          for (const item of searchable) item.isMatch = false;
          found = terms.length === 0 ? [] : searchable.filter((item) => {
            item.words ??= wordsOf(item);
            return terms.every((term) => item.words.includes(term));
          });
          for (const item of found) item.isMatch = true;
          foundPlace = -1;
          byId("found").textContent = query ? `${found.length} found` : "";
          showList();
          invalidate();
        }

        /** Goes to the next match (1) or the previous one (-1), beginning where the view is. */
        function step(direction) {
          if (!found.length) return;
          if (foundPlace < 0) {
            const middle = (view.begin + view.end) / 2;
            const next = firstWhere(found.length, (at) => found[at].t0 >= middle);
            foundPlace = direction > 0 ? next : next - 1;
          } else {
            foundPlace += direction;
          }
          foundPlace = (foundPlace + found.length) % found.length;
          byId("found").textContent = `${foundPlace + 1} of ${found.length}`;
          pin(found[foundPlace]);
          reveal(found[foundPlace]);
        }

        const longestList = 400;
        const listWords = {
          message: (item) => `${memberName(item.from)}→${memberName(item.to)} ${item.text}`
            + (item.fate === "arrived" ? "" : ` (${item.fate})`),
          call: (item) => `${outcomeSign[item.outcome]} ${item.text}`,
          failure: (item) => `✗ ${item.property}`,
        };
        const listMember = (item) => item.kind === "message" || item.kind === "failure" ? ""
          : item.kind === "fault" ? "⚡" : item.member < 0 ? "" : memberName(item.member);

        function showList() {
          const events = query ? found
            : [...faults, ...notes, ...(failureItem ? [failureItem] : [])].sort((a, b) => a.t0 - b.t0);
          byId("list-title").textContent = query ? "Found" : "Events";
          const near = Math.max(0, events.length - longestList);
          const items = query ? events.slice(0, longestList) : events.slice(near);
          byId("list").replaceChildren(...items.map((item) => {
            const row = element("li"), button = element("button");
            button.type = "button";
            button.append(element("span", seconds(item.t0, 3), "time"),
              element("span", listMember(item)),
              element("span", (listWords[item.kind] || ((item) => item.text))(item),
                item.kind === "failure" ? "alarm" : ""));
            button.addEventListener("click", () => {
              pin(item);
              reveal(item);
            });
            row.append(button);
            return row;
          }));
          if (events.length > items.length) {
            byId("list").append(element("li",
              `${query ? "First" : "Last"} ${longestList} of ${events.length}.`, "figures"));
          }
        }

        function pin(item) {
          pinned = item;
          showDetails();
          invalidate();
        }

        function checkbox(words, isOn, change, swatch) {
          const label = element("label"), input = element("input");
          input.type = "checkbox";
          input.checked = isOn;
          input.addEventListener("change", () => change(input.checked));
          label.append(input);
          if (swatch) label.append(swatch);
          label.append(words);
          return label;
        }

        function showFilters() {
          byId("filters").replaceChildren(...filters.map(([name, words, look]) => {
            const swatch = element("span", undefined, look === "line" ? "swatch line" : "swatch");
            swatch.style.background = look === "line" ? topicColour(name) : ink[look];
            return checkbox(words, shown[name], (isOn) => {
              shown[name] = isOn;
              invalidate();
            }, swatch);
          }));
          byId("member-filters").replaceChildren(element("span", "Members: "),
            ...recording.members.map((name, member) =>
              checkbox(String(name), shownMembers[member], (isOn) => {
                shownMembers[member] = isOn;
                invalidate();
              })));
        }
        """#
}
