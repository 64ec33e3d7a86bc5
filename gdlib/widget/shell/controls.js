// Controls: a slider with a number that can be typed, a select, a toggle, buttons.
const POSITIONS = 400;

// A control is {trait, label, scale, lo, hi}; `name` says whose it is, for screen readers.
function slider(model, control, name) {
  const spoken = name ? `${name}: ${control.label}` : control.label;
  const range = html("input", {
    type: "range", min: 0, max: POSITIONS, step: 1, "aria-label": spoken,
    "data-trait": control.trait,
    input: () => {
      const p = Number(range.value) / POSITIONS;
      change(model, { [control.trait]: SCALES[control.scale].value(p, control.lo, control.hi) });
    },
  });
  const number = html("input", {
    type: "text", inputmode: "decimal", autocomplete: "off", spellcheck: "false",
    class: "gdlib-number", "aria-label": `${spoken}, as a number`,
    focus: () => number.select(),
    keydown: (event) => {
      if (event.key === "Enter") number.blur();
      if (event.key === "Escape") {
        number.value = "";
        number.blur();
      }
    },
    change: () => {
      const value = parse(number.value);
      if (allowed(control, value)) change(model, { [control.trait]: value });
      self.update();
    },
    blur: () => self.update(),
  });
  const root = html(
    "div", { class: "gdlib-control" },
    html("span", { class: "gdlib-label", "aria-hidden": "true" }, control.label), number, range,
  );
  const self = { root };
  // `limit`, if given, is marked on the track.
  self.update = (limit = self.limit ?? null) => {
    self.limit = limit;
    const value = model.get(control.trait);
    const at = String(Math.round(POSITIONS * place(control, value)));
    if (range.value !== at) range.value = at;
    const text = digits(value, 4);
    range.setAttribute("aria-valuetext", text);
    if (document.activeElement !== number && number.value !== text) number.value = text;
    root.style.setProperty("--value", place(control, value));
    root.style.setProperty("--limit", limit === null ? 1 : place(control, limit));
    root.classList.toggle("gdlib-limited", limit !== null && limit < control.hi);
    root.classList.toggle("gdlib-beyond", limit !== null && value > limit);
  };
  return self;
}

function select(options, label, choose) {
  const node = html(
    "select", { "aria-label": label, change: () => choose(node.value) },
    ...options.map(({ name, label }) => html("option", { value: name }, label)),
  );
  return node;
}

// A switch in the rule's colour.
function toggle(label, style, choose) {
  const box = html("input", { type: "checkbox", change: () => choose(box.checked) });
  const root = html("label", { class: "gdlib-toggle", style }, box, html("span", {}, label));
  return { root, box };
}

function button(label, press, attributes) {
  return html("button", { type: "button", click: press, ...attributes }, label);
}

// Play the steps from 0 to the end in about four seconds; stops when `advance` has nothing to do.
function player(model, changed) {
  let frame = 0;
  const calm = matchMedia("(prefers-reduced-motion: reduce)");
  const stop = () => {
    cancelAnimationFrame(frame);
    frame = 0;
    model.save_changes();
    changed();
  };
  const start = () => {
    const steps = model.get("steps");
    if (calm.matches) {
      change(model, { step: steps });
      return;
    }
    const first = model.get("step") >= steps ? 0 : model.get("step");
    const each = Math.min(120, Math.max(15, 4000 / steps));
    let begin = null;
    const tick = (now) => {
      begin ??= now;
      const step = Math.min(steps, first + Math.floor((now - begin) / each));
      model.set("step", step);
      frame = requestAnimationFrame(tick);
      if (step >= steps) stop();
    };
    frame = requestAnimationFrame(tick);
    changed();
  };
  return { start, stop, playing: () => frame !== 0, toggle: () => (frame ? stop() : start()) };
}
