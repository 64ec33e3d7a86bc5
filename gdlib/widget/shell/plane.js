// The map: contours, paths, minima, and the handle that is dragged.
const LEVELS = 12;
const GRID = [140, 105];

// The part of the plane that a figure of this size shows: the window, widened so that both axes
// have one scale and slopes look as they are.
function view([[left, right], [bottom, top]], width, height) {
  const scale = Math.max((right - left) / width, (top - bottom) / height);
  const [x, y] = [(left + right) / 2, (bottom + top) / 2];
  return [
    [x - (scale * width) / 2, x + (scale * width) / 2],
    [y - (scale * height) / 2, y + (scale * height) / 2],
  ];
}

function plane(margins = { left: 34, right: 1, top: 1, bottom: 24 }) {
  const contours = svg("g", { class: "gdlib-contours" });
  const minima = svg("g", { class: "gdlib-minima" });
  const paths = svg("g", { class: "gdlib-paths" });
  const handle = svg(
    "g",
    { class: "gdlib-handle", tabindex: "0", role: "slider", "aria-label": "Starting point" },
    svg("circle", { class: "gdlib-target", r: 22 }),
    svg("circle", { class: "gdlib-halo", r: 12 }),
    svg("circle", { class: "gdlib-grip", r: 6.5 }),
  );
  const field = svg("rect", { class: "gdlib-field", width: "100%", height: "100%" });
  const frame = svg("svg", { class: "gdlib-clip" }, field, contours, minima, paths, handle);
  const axes = svg("g", { class: "gdlib-axes" });
  const root = svg("svg", { class: "gdlib-plane", role: "group" }, axes, frame);
  const self = { root, frame, handle, view: null, width: 0, height: 0 };

  self.resize = (width, height) => {
    setAttributes(root, { viewBox: `0 0 ${width} ${height}` });
    self.width = Math.max(40, width - margins.left - margins.right);
    self.height = Math.max(30, height - margins.top - margins.bottom);
    setAttributes(frame, {
      x: margins.left, y: margins.top, width: self.width, height: self.height,
    });
  };

  self.toPixel = ([x, y]) => {
    const [[left, right], [bottom, top]] = self.view;
    return [
      ((x - left) / (right - left)) * self.width,
      ((top - y) / (top - bottom)) * self.height,
    ];
  };

  // The point of the plane under a pointer, rounded to about a pixel and kept inside.
  self.fromPointer = (event) => {
    const toPicture = root.getScreenCTM().inverse();
    const at = new DOMPoint(event.clientX, event.clientY).matrixTransform(toPicture);
    return self.keep([
      self.view[0][0] + ((at.x - margins.left) / self.width) * (self.view[0][1] - self.view[0][0]),
      self.view[1][1] - ((at.y - margins.top) / self.height) * (self.view[1][1] - self.view[1][0]),
    ]);
  };

  self.keep = (x) =>
    x.map((value, i) => {
      const [lo, hi] = self.view[i];
      const unit = 10 ** Math.floor(Math.log10((hi - lo) / 300));
      const inside = Math.min(hi, Math.max(lo, value));
      return Number((Math.round(inside / unit) * unit).toPrecision(12));
    });

  // Contours, axes and minima: all that depends on the objective alone.
  self.drawLandscape = (value, window, known) => {
    self.view = view(window, self.width, self.height);
    const lowest = known.length ? Math.min(...known.map(value)) : null;
    // The root makes a valley's cross-section straight, so that thin ones keep their shape.
    const height = (x) => (lowest === null ? value(x) : Math.sqrt(Math.max(0, value(x) - lowest)));
    const grid = sample(height, self.view, ...GRID);
    const dx = self.width / (grid.columns - 1);
    const dy = self.height / (grid.rows - 1);
    fit(contours, LEVELS, () => svg("path"));
    levels(grid, lowest === null ? null : 0, LEVELS).forEach((level, k) => {
      const d = rings(grid, level).map((ring) => {
        const points = [];
        for (let n = 0; n < ring.length; n += 2) {
          const x = Math.round(10 * ring[n] * dx) / 10;
          points.push(`${x},${Math.round(10 * (self.height - ring[n + 1] * dy)) / 10}`);
        }
        return `M${points.join("L")}Z`;
      });
      contours.children[LEVELS - 1 - k].setAttribute("d", d.join(""));
    });
    minima.replaceChildren(
      ...known.map((at) => {
        const [x, y] = self.toPixel(at);
        return svg("path", { d: `M${x - 5},${y}h10M${x},${y - 5}v10` });
      }),
    );
    drawAxes();
  };

  function drawAxes() {
    const [[left, right], [bottom, top]] = self.view;
    const base = margins.top + self.height;
    const text = (x, y, anchor, content) =>
      svg("text", { x, y, "text-anchor": anchor }, content);
    const along = ticks(left, right, self.width / 70).map((v) => [self.toPixel([v, 0])[0], v]);
    const up = ticks(bottom, top, self.height / 50).map((v) => [self.toPixel([0, v])[1], v]);
    axes.replaceChildren(
      ...along
        .filter(([x]) => x > 8 && x < self.width - 8)
        .map(([x, v]) => text(margins.left + x, base + 17, "middle", digits(v))),
      ...up
        .filter(([y]) => y > 6 && y < self.height - 6)
        .map(([y, v]) => text(margins.left - 7, margins.top + y + 4, "end", digits(v))),
    );
  }

  // One line for each run; the steps up to the present one stand out.
  self.drawRuns = (runs, step) => {
    const part = (name) => svg("path", { class: name });
    fit(paths, runs.length, () =>
      svg("g", {}, part("gdlib-later"), part("gdlib-line"), part("gdlib-dots"),
        svg("circle", { class: "gdlib-now", r: 5 })));
    runs.forEach(({ result, style, dashed }, k) => {
      const points = result.x.map((x) =>
        self.toPixel(x).map((v) => Math.round(10 * Math.min(4e3, Math.max(-4e3, v))) / 10));
      const now = Math.min(step, points.length - 1);
      const [later, line, dots, marker] = paths.children[k].children;
      paths.children[k].setAttribute("style", style);
      paths.children[k].classList.toggle("gdlib-dashed", dashed);
      const past = points.slice(0, now + 1);
      later.setAttribute("d", `M${points.slice(now).join("L")}`);
      line.setAttribute("d", `M${past.join("L")}`);
      dots.setAttribute("d", past.map((p) => `M${p}h0`).join(""));
      setAttributes(marker, { cx: points[now][0], cy: points[now][1] });
    });
  };

  self.drawHandle = (start) => {
    const [x, y] = self.toPixel(self.keep(start)); // a start beyond the map waits at its edge
    setAttributes(handle, {
      transform: `translate(${x.toFixed(1)} ${y.toFixed(1)})`,
      "aria-valuemin": digits(self.view[0][0]).replace("−", "-"),
      "aria-valuemax": digits(self.view[0][1]).replace("−", "-"),
      "aria-valuenow": start[0],
      "aria-valuetext": `x ${digits(start[0])}, y ${digits(start[1])}; arrow keys move it`,
    });
  };
  return self;
}

// Let a pointer or the arrow keys move the handle; `move` receives the new start.
function draggable(map, current, move) {
  const { handle, frame } = map;
  let offset = null;
  handle.addEventListener("pointerdown", (event) => {
    if (event.button !== 0) return;
    handle.setPointerCapture(event.pointerId);
    handle.focus({ preventScroll: true });
    offset = map.fromPointer(event).map((v, i) => current()[i] - v);
    event.preventDefault();
  });
  // Browsers do not heed touch-action inside an SVG: this keeps a finger from scrolling the page.
  handle.addEventListener("touchstart", (event) => event.preventDefault(), { passive: false });
  handle.addEventListener("pointermove", (event) => {
    if (offset) move(map.keep(map.fromPointer(event).map((v, i) => v + offset[i])));
  });
  for (const end of ["pointerup", "pointercancel", "lostpointercapture"]) {
    handle.addEventListener(end, () => (offset = null));
  }
  frame.addEventListener("click", (event) => {
    if (!handle.contains(event.target)) move(map.fromPointer(event));
  });
  const directions = {
    ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1],
  };
  handle.addEventListener("keydown", (event) => {
    const direction = directions[event.key];
    if (!direction || event.altKey || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    const size = (map.view[0][1] - map.view[0][0]) * (event.shiftKey ? 0.1 : 0.01);
    move(map.keep(current().map((v, i) => v + direction[i] * size)));
  });
}
