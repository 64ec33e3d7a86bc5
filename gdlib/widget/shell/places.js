// Controls with a fixed row of places, each with its text: along a range, or side by side.

// A slider is {label, texts}; `move` is told the new place.
function places({ label, texts }, move) {
  const last = texts.length - 1;
  const value = html("output", { class: "gdlib-number" });
  const range = html("input", {
    type: "range", min: 0, max: last, step: 1, "aria-label": label,
    "data-trait": "index", input: () => move(Number(range.value)),
  });
  const root = html("div", { class: "gdlib-control" },
    html("span", { class: "gdlib-label", "aria-hidden": "true" }, label), value, range);
  const update = (at) => {
    range.value = at;
    range.style.setProperty("--value", at / last);
    range.setAttribute("aria-valuetext", texts[at]);
    setText(value, texts[at]);
  };
  return { root, update };
}

// Names to choose one from: radio buttons, all in sight, which arrow keys and fingers reach.
function choice({ label, texts }, move) {
  const name = `gdlib-${Math.random().toString(36).slice(2)}`;
  const boxes = texts.map((text, k) => html("input", { type: "radio", name, change: () => move(k) }));
  const options = boxes.map((box, k) =>
    html("label", { class: "gdlib-option" }, box, html("span", {}, texts[k])));
  const root = html("div", { class: "gdlib-choice", role: "radiogroup", "aria-label": label },
    html("span", { class: "gdlib-label", "aria-hidden": "true" }, label), ...options);
  return { root, update: (at) => (boxes[at].checked = true) };
}

// Where the member at these places stands in the list of all; the last place moves fastest.
function memberAt(at, sliders) {
  return at.reduce((member, place, k) => member * sliders[k].texts.length + place, 0);
}
