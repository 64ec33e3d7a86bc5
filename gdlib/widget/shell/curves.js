// Curves over sliders: a family that Python computed beforehand, of which the sliders show one.
function curves(model, registry, root) {
  const config = model.get("config");
  const plot = chart({ left: 48, right: 10, top: 26, bottom: 44 });
  const said = announcer();
  const bands = svg("g", { class: "gdlib-bands" });
  const lines = svg("g", { class: "gdlib-lines" });
  const paths = svg("g", {});
  plot.inside.append(bands, paths, lines);
  plot.root.setAttribute("aria-label", config.alt);
  const box = html("div", { class: "gdlib-curves-box" }, plot.root);
  const words = html("p", { class: "gdlib-note gdlib-summary" });
  // One slider and its index, or lists of them.
  const several = Array.isArray(config.slider);
  const sliders = [config.slider].flat();
  const read = () => [model.get("index")].flat();
  const controls = sliders.map((one, k) => (one.choice ? choice : places)(one, (at) => {
    const index = read().map((now, j) => (j === k ? at : now));
    change(model, { index: several ? index : at });
  }));
  const legend = html("ul", { class: "gdlib-legend" }, ...config.curves.map(({ label, colour, dashed }) =>
    html("li", { style: `--rule: ${colour}`, class: dashed ? "gdlib-dashed" : undefined },
      legendKey(), label)));
  root.append(box, legend,
    html("div", { class: "gdlib-slider" }, ...controls.map((control) => control.root)), words, said);
  fit(paths, config.curves.length, () => svg("path", { class: "gdlib-line" }));
  config.curves.forEach(({ colour, dashed }, k) => {
    paths.children[k].setAttribute("style", `--rule: ${colour}`);
    paths.children[k].classList.toggle("gdlib-dashed", dashed);
  });

  function draw() {
    const at = read();
    controls.forEach((control, k) => control.update(at[k]));
    const index = memberAt(at, sliders);
    config.y[index].forEach((row, k) => paths.children[k].setAttribute("d", curve(row)));
    bands.replaceChildren(...config.bands[index].map(band));
    lines.replaceChildren(...config.lines[index].flatMap(reference));
    setSentence(words, config.words[index]);
    said.say(config.words[index]);
  }

  // A path, broken where the value is missing.
  function curve(row) {
    let d = "";
    row.forEach((y, i) => {
      const gap = y === null || (config.yaxis.log && y <= 0);
      if (!gap) d += `${d === "" || d.endsWith(" ") ? "M" : "L"}${plot.toPixel(config.x[i], y)}`;
      else if (!d.endsWith(" ")) d += " ";
    });
    return d;
  }

  function band({ axis, from, to }) {
    const [a, b] = [from, to].map((v) => (axis === "x" ? plot.toX(v) : plot.toY(v)));
    const [at, size] = [Math.min(a, b), Math.abs(b - a)];
    return axis === "x"
      ? svg("rect", { x: at, y: 0, width: size, height: plot.height })
      : svg("rect", { x: 0, y: at, width: plot.width, height: size });
  }

  function reference({ axis, at, label }) {
    const upright = axis === "x";
    const v = upright ? plot.toX(at) : plot.toY(at);
    const line = upright
      ? svg("line", { x1: v, x2: v, y1: 0, y2: plot.height })
      : svg("line", { x1: 0, x2: plot.width, y1: v, y2: v });
    if (!label) return [line];
    const late = upright && v > plot.width * 0.8;
    const place = upright
      ? { x: v + (late ? -5 : 5), y: 13, "text-anchor": late ? "end" : "start" }
      : { x: plot.width - 4, y: v - 5, "text-anchor": "end" };
    return [line, svg("text", place, label)];
  }

  const update = oncePerFrame(draw);
  const silence = listen(model, ["index"], update);
  const watch = watchSize([box], ([size]) => {
    plot.resize(...size);
    plot.drawAxes(config.xaxis, config.yaxis);
    draw();
  });
  return () => {
    silence();
    watch.disconnect();
    update.cancel();
  };
}

function legendKey() {
  return svg("svg", { class: "gdlib-key", width: 22, height: 10, "aria-hidden": "true" },
    svg("path", { class: "gdlib-line", d: "M1,5H21" }));
}
