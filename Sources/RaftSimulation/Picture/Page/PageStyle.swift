// SPDX-License-Identifier: Apache-2.0

/// The page's style sheet. The script reads its colours from here, too.
///
/// Roles, topics and outcomes have the colours of Okabe and Ito, which colour-blind readers can tell
/// apart; none of them is told by its colour alone.
enum PageStyle {
    static let text = colours + "\n" + layout

    private static let colours = #"""
        :root {
          color-scheme: light dark;
          --paper: #ffffff; --panel: #f4f6f8; --ink: #1a1f25; --dim: #56616c; --rule: #d5dbe1;
          --lane: #fafbfc; --focus: #0057b8; --alarm: #b3261e; --alarm-paper: #fdecea;
          --good: #00664a;
          --follower: #cbd7e2; --preCandidate: #f0e442; --candidate: #e69f00; --leader: #0072b2;
          --leader-ink: #ffffff; --role-ink: #16202a; --starting: #e6dcef; --founding: #d0bfe0;
          --recovering: #9bd8c5; --down: #eceff2; --ended: #2b2f33; --ended-ink: #ffffff;
          --heartbeat: #87919b; --append: #0072b2; --vote: #d55e00; --read: #00875f;
          --forward: #b0509a; --topic-founding: #8a6a14;
          --applied: #009e73; --answered: #56b4e9; --rejected: #8c8c8c; --unknown: #e69f00;
          --unavailable: #b3b9bf; --waiting: #5b6570;
          --disk: #8d7b68; --disk-read: #c3b5a5; --fault: #c2378c; --commit: #1a1f25;
          --applied-line: #009e73; --durable-line: #a0522d; --open: #b9cfe4; --match: #ffd400;
        }
        @media (prefers-color-scheme: dark) {
          :root {
            --paper: #14181d; --panel: #1c2228; --ink: #e6eaee; --dim: #9aa6b2; --rule: #343d46;
            --lane: #181d22; --focus: #7cc4ff; --alarm: #ff8a80; --alarm-paper: #3a1a18;
            --good: #4fd1a5;
            --follower: #3a4856; --preCandidate: #f0e442; --candidate: #e69f00; --leader: #56b4e9;
            --leader-ink: #06131d; --role-ink: #10161c; --starting: #5b4d68; --founding: #76608c;
            --recovering: #4ea78c; --down: #20262c; --ended: #d5dade; --ended-ink: #14181d;
            --heartbeat: #7e8a96; --append: #56b4e9; --vote: #ff8f40; --read: #3fcf9f;
            --forward: #e79fd0; --topic-founding: #cfae4c;
            --applied: #1fc294; --answered: #56b4e9; --rejected: #8c959e; --unknown: #e69f00;
            --unavailable: #5d6771; --waiting: #9aa6b2;
            --disk: #a8937c; --disk-read: #6b5f52; --fault: #f07fc0; --commit: #f2f5f7;
            --applied-line: #1fc294; --durable-line: #e0966a; --open: #2b4560; --match: #ffd400;
          }
        }
        """#

    private static let layout = #"""
        * { box-sizing: border-box; }
        html, body { height: 100%; margin: 0; }
        body {
          background: var(--paper); color: var(--ink); display: flex; flex-direction: column;
          font: 13px/1.4 system-ui, -apple-system, "Segoe UI", "DejaVu Sans", sans-serif;
        }
        code, kbd, dd { font-family: ui-monospace, "SF Mono", Menlo, "DejaVu Sans Mono", monospace; }
        header { padding: 8px 14px; display: flex; flex-wrap: wrap; gap: 4px 18px; align-items: center; }
        header p, h1 { margin: 0; }
        h1 { font-size: 16px; }
        .figures { color: var(--dim); }
        .figures span + span::before { content: "· "; }
        .figures b, .figures code { color: var(--ink); }
        .command code { background: var(--panel); border: 1px solid var(--rule); padding: 2px 7px;
          border-radius: 4px; overflow-wrap: anywhere; }
        .verdict { flex-basis: 100%; }
        .passed { color: var(--good); font-weight: 600; flex-basis: auto; }
        .passed::before { content: "✓ "; }
        .failed { background: var(--alarm-paper); border-left: 4px solid var(--alarm);
          padding: 6px 10px; max-height: 9em; overflow: auto; }
        .failed h2 { margin: 0 0 2px; font-size: 14px; color: var(--alarm); }
        .failed h2::before { content: "✗ "; }
        .failed dl { margin: 0; display: grid; grid-template-columns: max-content 1fr; gap: 0 10px; }
        .failed dd { margin: 0; overflow-wrap: anywhere; white-space: pre-wrap; font-size: 12px; }
        dt { color: var(--dim); }
        .omitted { color: var(--dim); font-style: italic; }
        button { font: inherit; color: inherit; background: var(--panel); padding: 1px 8px;
          border: 1px solid var(--rule); border-radius: 4px; cursor: pointer; }
        button:hover { border-color: var(--dim); }
        :focus-visible { outline: 2px solid var(--focus); outline-offset: 1px; }
        main { flex: 1; min-height: 0; display: grid; grid-template-columns: minmax(0, 1fr) 300px;
          border-top: 1px solid var(--rule); }
        .picture { display: flex; flex-direction: column; min-height: 0; min-width: 0; }
        .bar { display: flex; flex-wrap: wrap; gap: 3px 14px; align-items: center; padding: 5px 10px; }
        .bar label { display: inline-flex; align-items: center; gap: 3px; margin-right: 8px;
          white-space: nowrap; cursor: pointer; }
        .bar input[type=checkbox] { margin: 0; accent-color: var(--focus); }
        .swatch { width: 12px; height: 10px; border-radius: 2px; display: inline-block; }
        .swatch.line { height: 3px; }
        .search { display: inline-flex; gap: 4px; align-items: center; }
        .search input { font: inherit; width: 14em; padding: 1px 6px; color: inherit;
          background: var(--paper); border: 1px solid var(--rule); border-radius: 4px; }
        .search output { color: var(--dim); min-width: 2em; }
        canvas { display: block; width: 100%; }
        #overview { height: 46px; cursor: crosshair; border-top: 1px solid var(--rule);
          flex: none; touch-action: none; }
        #diagram { flex: 1; min-height: 380px; cursor: grab; border-top: 1px solid var(--rule);
          touch-action: pan-y; }
        #diagram.dragging { cursor: grabbing; }
        #diagram:focus-visible { outline-offset: -2px; }
        .keys { margin: 0; padding: 3px 10px; color: var(--dim); font-size: 12px;
          border-top: 1px solid var(--rule); }
        kbd { font-size: 11px; border: 1px solid var(--rule); border-radius: 3px; padding: 0 4px;
          background: var(--panel); }
        aside { border-left: 1px solid var(--rule); background: var(--panel); overflow: auto;
          padding: 8px 12px; min-height: 0; display: flex; flex-direction: column; gap: 10px; }
        aside h2, summary { font-size: 12px; margin: 0 0 4px; color: var(--dim); font-weight: 600;
          text-transform: uppercase; letter-spacing: .04em; }
        #details { min-height: 9em; }
        #details h3 { margin: 0 0 3px; font-size: 13px; overflow-wrap: anywhere; }
        #details dl { margin: 0; display: grid; grid-template-columns: max-content 1fr;
          gap: 1px 10px; }
        #details dd { margin: 0; font-size: 12px; overflow-wrap: anywhere; }
        #details .pinned { color: var(--focus); font-size: 12px; }
        #list { margin: 0; padding: 0; list-style: none; }
        #list button { display: grid; grid-template-columns: 5.6em 1.6em 1fr; gap: 0 6px; width: 100%;
          text-align: left; border: 0; background: none; padding: 1px 3px; font-size: 12px; }
        #list button:hover { background: var(--rule); }
        #list .time { color: var(--dim); font-variant-numeric: tabular-nums; }
        #list .alarm { color: var(--alarm); font-weight: 600; }
        #legend-body { display: grid; grid-template-columns: 1fr 1fr; gap: 2px 8px; font-size: 11.5px; }
        #legend-body div { display: flex; gap: 6px; align-items: center; line-height: 1.15; }
        #legend-body canvas { width: 26px; height: 14px; flex: none; }
        summary { cursor: pointer; }
        @media (max-width: 900px) {
          html, body { height: auto; }
          main { grid-template-columns: minmax(0, 1fr); }
          #diagram { flex: none; height: 72vh; }
          aside { border-left: 0; border-top: 1px solid var(--rule); max-height: none; }
          #list { max-height: 40vh; overflow: auto; }
          .keys { display: none; }
        }
        """#
}
