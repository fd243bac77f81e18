// SPDX-License-Identifier: Apache-2.0

extension PageScript {
    /// The strip above the diagram: the whole run, and which part of it is shown.
    static let overview = #"""
        // ---- Overview ------------------------------------------------------------------------

        const strip = byId("overview"), stripPen = strip.getContext("2d");
        let stripPicture = null, stripKey = "";

        const stripX = (time) => gutter
          + (time - whole.begin) / (whole.end - whole.begin) * (strip.clientWidth - gutter - 8);
        const stripTime = (x) => whole.begin
          + (x - gutter) / (strip.clientWidth - gutter - 8) * (whole.end - whole.begin);

        function drawOverview() {
          const scale = window.devicePixelRatio || 1;
          const width = strip.clientWidth, height = strip.clientHeight;
          const key = `${width} ${height} ${scale} ${ink.paper}`;
          if (key !== stripKey) {
            strip.width = Math.round(width * scale);
            strip.height = Math.round(height * scale);
            stripPen.setTransform(scale, 0, 0, scale, 0, 0);
            paintStrip(width, height);
            stripPicture = stripPen.getImageData(0, 0, strip.width, strip.height);
            stripKey = key;
          }
          stripPen.putImageData(stripPicture, 0, 0);
          const x0 = stripX(view.begin), x1 = Math.max(stripX(view.end), x0 + 3);
          stripPen.fillStyle = ink.paper;
          stripPen.globalAlpha = 0.6;
          stripPen.fillRect(gutter, 0, x0 - gutter, height);
          stripPen.fillRect(x1, 0, width - x1, height);
          stripPen.globalAlpha = 1;
          stripPen.strokeStyle = ink.focus;
          stripPen.lineWidth = 2;
          stripPen.strokeRect(Math.max(x0, gutter), 1, Math.min(x1, width - 1) - Math.max(x0, gutter),
            height - 2);
        }

        function paintStrip(width, height) {
          const pen = stripPen;
          pen.fillStyle = ink.paper;
          pen.fillRect(0, 0, width, height);
          const faultHeight = faults.length ? 6 : 0;
          const rowHeight = (height - faultHeight - 3) / memberCount;
          pen.fillStyle = ink.fault;
          pen.globalAlpha = 0.55;
          for (const fault of faults) {
            pen.fillRect(stripX(fault.t0), 1, Math.max(1.5, stripX(fault.t1) - stripX(fault.t0)),
              faultHeight - 1);
          }
          pen.globalAlpha = 1;
          for (const span of states) {
            pen.fillStyle = stateFill(span.state);
            pen.fillRect(stripX(span.t0), faultHeight + 1 + span.member * rowHeight,
              Math.max(0.5, stripX(span.t1) - stripX(span.t0)), Math.max(1, rowHeight - 1));
          }
          pen.fillStyle = ink.dim;
          pen.font = `10px ${face}`;
          pen.textBaseline = "middle";
          pen.fillText("run", 10, height / 2);
          if (recording.failure) {
            pen.fillStyle = ink.alarm;
            pen.fillRect(stripX(recording.failure.time) - 1, 0, 2.5, height);
          }
        }
        """#
}
