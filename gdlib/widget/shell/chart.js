// A chart: axes, lines and, over steps, a marker that moves along.
function chart(margins = { left: 44, right: 13, top: 26, bottom: 24 }) {
  const axes = svg("g", { class: "gdlib-axes" });
  const inside = svg("svg", { class: "gdlib-clip" });
  const markers = svg("g", { class: "gdlib-markers" });
  const root = svg("svg", { class: "gdlib-chart", role: "img" }, axes, inside, markers);
  const self = { root, inside, markers, margins, width: 0, height: 0 };

  self.resize = (width, height) => {
    setAttributes(root, { viewBox: `0 0 ${width} ${height}` });
    self.width = Math.max(40, width - margins.left - margins.right);
    self.height = Math.max(30, height - margins.top - margins.bottom);
    setAttributes(inside, {
      x: margins.left, y: margins.top, width: self.width, height: self.height,
    });
    setAttributes(markers, { transform: `translate(${margins.left} ${margins.top})` });
  };

  // Each axis is {lo, hi, log, label}; a log axis is in powers of ten, its lo and hi exponents.
  self.drawAxes = (x, y) => {
    self.x = x;
    self.y = y;
    const nodes = [];
    const base = margins.top + self.height;
    for (const { at, label } of labels(y, Math.max(2, self.height / 45))) {
      const height = margins.top + self.toY(at);
      nodes.push(svg("line", { x1: margins.left, x2: margins.left + self.width, y1: height, y2: height }));
      nodes.push(svg("text", { x: margins.left - 7, y: height + 4, "text-anchor": "end" }, label));
    }
    for (const { at, label } of labels(x, Math.max(2, self.width / 50))) {
      const left = margins.left + self.toX(at);
      nodes.push(svg("text", { x: left, y: base + 17, "text-anchor": "middle" }, label));
    }
    nodes.push(svg("text", { x: 0, y: 13 }, y.label));
    // Below the axis where there is room, else before its first number.
    const place = margins.bottom > 40
      ? { x: margins.left + self.width / 2, y: base + 37, "text-anchor": "middle" }
      : { x: margins.left - 7, y: base + 17, "text-anchor": "end" };
    nodes.push(svg("text", place, x.label));
    axes.replaceChildren(...nodes);
  };

  const toAxis = (axis, value) => {
    const v = axis.log ? Math.log10(value) : value;
    return (v - axis.lo) / (axis.hi - axis.lo);
  };
  self.toX = (value) => self.width * toAxis(self.x, value);
  self.toY = (value) => self.height * (1 - toAxis(self.y, value));
  // A point of a line, kept where renderers can draw it.
  self.toPixel = (x, y) => {
    const down = self.toY(y);
    const safe = Number.isNaN(down) ? 4e3 : Math.min(4e3, Math.max(-4e3, down));
    return `${Math.round(10 * self.toX(x)) / 10},${Math.round(10 * safe) / 10}`;
  };
  return self;
}

// The labelled positions of an axis.
function labels(axis, count) {
  if (!axis.log) return ticks(axis.lo, axis.hi, count).map((at) => ({ at, label: digits(at) }));
  const span = axis.hi - axis.lo;
  if (span < 1.5) {
    const marks = [1, 2, 5].flatMap((m) =>
      Array.from({ length: Math.ceil(span) + 2 }, (_, k) => m * 10 ** (Math.floor(axis.lo) + k)));
    return marks
      .filter((v) => Math.log10(v) >= axis.lo - 1e-9 && Math.log10(v) <= axis.hi + 1e-9)
      .map((at) => ({ at, label: digits(at) }));
  }
  const every = Math.max(1, Math.ceil(span / count));
  const first = Math.ceil(axis.lo / every - 1e-9) * every;
  const found = [];
  for (let k = first; k <= axis.hi + 1e-9; k += every) {
    found.push({ at: 10 ** k, label: power(k) });
  }
  return found;
}

// The loss over the steps, f − f* on a log scale where the minimum is known.
function lossChart() {
  const self = chart();
  const { root, inside, markers, margins } = self;

  self.draw = (runs, steps, step, lowest, span) => {
    const gap = (f) => (lowest === null ? f : f - lowest);
    self.drawAxes({ lo: 0, hi: steps, label: "step" }, lossAxis(runs, lowest, span));
    const floor = self.y.log ? 10 ** (self.y.lo - 1) : -Infinity;
    fit(inside, runs.length, () =>
      svg("g", {}, svg("path", { class: "gdlib-later" }), svg("path", { class: "gdlib-line" })));
    fit(markers, runs.length, () => svg("circle", { class: "gdlib-now", r: 4.5 }));
    runs.forEach(({ result, style, dashed }, k) => {
      const points = result.f.map((f, t) => self.toPixel(t, Math.max(gap(f), floor)));
      const now = Math.min(step, points.length - 1);
      const [later, line] = inside.children[k].children;
      inside.children[k].setAttribute("style", style);
      inside.children[k].classList.toggle("gdlib-dashed", dashed);
      later.setAttribute("d", `M${points.slice(now).join("L")}`);
      line.setAttribute("d", `M${points.slice(0, now + 1).join("L")}`);
      const [cx, cy] = points[now].split(",").map(Number);
      setAttributes(markers.children[k], {
        cx, cy, style: cy < 0 || cy > self.height ? `${style};visibility:hidden` : style,
      });
    });
  };

  // Pressing or dragging in the chart chooses the step.
  self.onStep = (choose) => {
    const pick = (event) => {
      if (event.buttons !== 1 && event.type !== "click") return;
      const at = new DOMPoint(event.clientX, 0).matrixTransform(root.getScreenCTM().inverse());
      const t = Math.round(((at.x - margins.left) / self.width) * self.x.hi);
      choose(Math.min(self.x.hi, Math.max(0, t)));
    };
    root.addEventListener("click", pick);
    root.addEventListener("pointermove", pick);
  };
  return self;
}

// Whole decades around all runs, down to 10⁻¹⁶, and hardly further up than the highest start.
function lossAxis(runs, lowest, [bottom, top]) {
  if (lowest === null) return { lo: bottom, hi: top, label: "f" };
  const tops = runs.map(({ result }) => result.f[0] - lowest).filter(Number.isFinite);
  const lows = runs.map(({ result }) => Math.min(...result.f) - lowest).filter(Number.isFinite);
  const hi = Math.ceil(Math.log10(Math.max(...tops, 1e-14)) + 0.3);
  const lo = Math.floor(Math.log10(Math.max(Math.min(...lows), 1e-16)));
  return { log: true, hi, lo: Math.min(lo, hi - 2), label: "f − f*" };
}
