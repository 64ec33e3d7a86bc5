// Numbers as text, and the scales of sliders and axes.

// Three significant digits: 0.0123, 1230, 1.2e-4.
function digits(value, count = 3) {
  if (!Number.isFinite(value)) return Number.isNaN(value) ? "not a number" : "infinity";
  const size = Math.abs(value);
  const rounded = Number(size.toPrecision(count));
  const short = rounded !== 0 && (rounded < 1e-3 || rounded >= 1e5);
  const text = short ? rounded.toExponential().replace("e+", "e") : String(rounded);
  return value < 0 && rounded !== 0 ? `−${text}` : text;
}

function point(x) {
  return `(${x.map((value) => digits(value)).join(", ")})`;
}

// A power of ten as axes write it: 10⁻³.
function power(exponent) {
  const raised = [...String(exponent)].map((c) => (c === "-" ? "⁻" : "⁰¹²³⁴⁵⁶⁷⁸⁹"[c]));
  return exponent === 0 ? "1" : exponent === 1 ? "10" : `10${raised.join("")}`;
}

// What someone typed, or NaN.
function parse(text) {
  const clean = text.trim().replace("−", "-").replace(",", ".");
  return clean === "" ? NaN : Number(clean);
}

// A control's scale maps its values to [0, 1]: "log" for what is positive, "unit" for decay rates,
// where 1 − value is spread logarithmically, "linear" for the rest.
const SCALES = {
  log: {
    place: (v, lo, hi) => Math.log(v / lo) / Math.log(hi / lo),
    value: (p, lo, hi) => Number((lo * (hi / lo) ** p).toPrecision(3)),
  },
  unit: {
    place: (v, lo, hi) => Math.log((1 - v) / (1 - lo)) / Math.log((1 - hi) / (1 - lo)),
    value: (p, lo, hi) => {
      const rest = Number(((1 - lo) * ((1 - hi) / (1 - lo)) ** p).toPrecision(2));
      return Number((1 - rest).toPrecision(6));
    },
  },
  linear: {
    place: (v, lo, hi) => (v - lo) / (hi - lo),
    value: (p, lo, hi) => Number((lo + (hi - lo) * p).toPrecision(3)),
  },
};

function place(control, value) {
  const p = SCALES[control.scale].place(value, control.lo, control.hi);
  return Math.min(1, Math.max(0, Number.isNaN(p) ? 0 : p));
}

function allowed(control, value) {
  if (!Number.isFinite(value)) return false;
  if (control.scale === "log") return value > 0;
  return control.scale === "unit" ? value >= 0 && value < 1 : true;
}

// Round positions between lo and hi for about `count` labels: 1, 2 or 5 times a power of ten apart.
function ticks(lo, hi, count) {
  const raw = (hi - lo) / count;
  const unit = 10 ** Math.floor(Math.log10(raw));
  const step = [1, 2, 5, 10].find((m) => m * unit >= raw * (1 - 1e-9)) * unit;
  const found = [];
  for (let k = Math.ceil(lo / step - 1e-9); k * step <= hi + 1e-9 * step; k += 1) {
    found.push(Number((k * step).toPrecision(12)));
  }
  return found;
}
