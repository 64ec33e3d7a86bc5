// Descend, as gdlib.descent does, with the rule and the objective that were printed from Python.
const LIMIT = 1e12;

// The points x[0 … k] and values f[0 … k]; a run that leaves every bound keeps the steps before it
// did, and the start in any case.
function run(objective, parameters, rule, hyper, start, steps) {
  let x = start;
  let state = rule.init(x);
  const xs = [];
  const fs = [];
  for (let t = 0; t <= steps; t += 1) {
    const f = objective.value(x, parameters);
    const g = objective.gradient(x, parameters);
    const sound = Number.isFinite(f) && g.every(Number.isFinite);
    if (!sound || !x.every((v) => Math.abs(v) <= LIMIT)) {
      if (t === 0) return { x: [x], f: [f], diverged: true, stoppedAt: 0 };
      return { x: xs, f: fs, diverged: true, stoppedAt: t };
    }
    xs.push(x);
    fs.push(f);
    if (t < steps) [x, state] = rule.step(x, g, state, hyper);
  }
  return { x: xs, f: fs, diverged: false, stoppedAt: steps };
}

function distance(a, b) {
  return Math.hypot(...a.map((v, i) => v - b[i]));
}

function nearest(x, minima) {
  return minima.reduce((a, b) => (distance(x, b) < distance(x, a) ? b : a), minima[0]);
}

// Second derivatives at a point, by central differences of the gradient.
function hessian(objective, parameters, at) {
  const rows = at.map((value, i) => {
    const h = 1e-4 * Math.max(1, Math.abs(value));
    const moved = (sign) => at.map((v, j) => (j === i ? v + sign * h : v));
    const after = objective.gradient(moved(1), parameters);
    const before = objective.gradient(moved(-1), parameters);
    return after.map((g, j) => (g - before[j]) / (2 * h));
  });
  return rows.map((row, i) => row.map((v, j) => (v + rows[j][i]) / 2));
}

// Eigenvalues of a symmetric 2 × 2 matrix, the larger first.
function eigenvalues([[a, b], [, d]]) {
  const middle = (a + d) / 2;
  const spread = Math.hypot((a - d) / 2, b);
  return [middle + spread, middle - spread];
}

// Whether the objective is quadratic: its second derivatives are the same at other points too.
function isQuadratic(objective, parameters, at) {
  const here = hessian(objective, parameters, at);
  const size = Math.max(...here.flat().map(Math.abs));
  return [[0.7, -1.3], [-2.1, 0.4]].every((offset) => {
    const there = hessian(objective, parameters, at.map((v, i) => v + offset[i]));
    return there.flat().every((v, k) => Math.abs(v - here.flat()[k]) <= 1e-6 * size);
  });
}
