// When a linear rule converges on a quadratic, as gdlib.stability computes it.

// The matrix of one step on (x, state), from the step on unit vectors.
function iterationMatrix(rule, hyper, curvature) {
  const first = rule.init([0]);
  const fields = Object.keys(first).filter((name) => Array.isArray(first[name]));
  const columns = [null, ...fields].map((_, k) => {
    const x = [k === 0 ? 1 : 0];
    const state = { ...first };
    fields.forEach((name, i) => (state[name] = [k === i + 1 ? 1 : 0]));
    const [after, next] = rule.step(x, [curvature * x[0]], state, hyper);
    return [after[0], ...fields.map((name) => next[name][0])];
  });
  return columns.map((_, i) => columns.map((column) => column[i]));
}

// log of the largest |eigenvalue|: in closed form for one and two rows, else from the growth of ever
// higher powers, each the square of the one before.
function logRadius(matrix) {
  if (matrix.length === 1) return Math.log(Math.abs(matrix[0][0]));
  if (matrix.length === 2) {
    const [[a, b], [c, d]] = matrix;
    const half = (a + d) / 2;
    const square = ((a - d) / 2) ** 2 + b * c;
    if (square < 0) return Math.log(half * half - square) / 2;
    return Math.log(Math.abs(half) + Math.sqrt(square));
  }
  let power = matrix;
  let log = 0;
  for (let weight = 1; weight > 2 ** -48; weight /= 2) {
    const size = Math.max(...power.flat().map(Math.abs));
    if (!(size > 0)) return -Infinity;
    log += weight * Math.log(size);
    const scaled = power.map((row) => row.map((v) => v / size));
    power = scaled.map((row) =>
      row.map((_, j) => row.reduce((sum, v, l) => sum + v * scaled[l][j], 0)),
    );
  }
  return log;
}

function spectralRadius(rule, hyper, curvature) {
  return Math.exp(logRadius(iterationMatrix(rule, hyper, curvature)));
}

// The lr up to which the rule converges on this curvature; Infinity if there is no limit, 0 if even
// a tiny lr diverges.
function largestStableLr(rule, hyper, curvature) {
  const stable = (lr) => logRadius(iterationMatrix(rule, { ...hyper, lr }, curvature)) < 0;
  let low = 2 ** -20 / curvature;
  if (!stable(low)) return 0;
  while (stable(2 * low)) {
    low *= 2;
    if (low * curvature > 2 ** 60) return Infinity;
  }
  let high = 2 * low;
  for (let k = 0; k < 42; k += 1) {
    const middle = (low + high) / 2;
    if (stable(middle)) low = middle;
    else high = middle;
  }
  return low;
}

// What there is to know about a minimum: its second derivatives, its curvatures, and whether they
// hold everywhere.
function minimumFacts(objective, parameters, at) {
  const matrix = hessian(objective, parameters, at);
  const [steep, flat] = eigenvalues(matrix);
  return { at, matrix, steep, flat, quadratic: isQuadratic(objective, parameters, at) };
}

// The limit on lr at a minimum, over its curvatures; null where the question has no answer.
function stabilityLimit(rule, hyper, facts) {
  if (!facts || !("lr" in hyper) || !(facts.flat > 1e-9 * facts.steep)) return null;
  return Math.min(...[facts.steep, facts.flat].map((c) => largestStableLr(rule, hyper, c)));
}

// How a run with this lr behaves near the minimum: "stable", "marginal" or "unstable", the factor
// by which errors grow, and whether an error at the start, where the gradient is g, does grow.
function behaviour(rule, hyper, facts, limit, g) {
  const { steep, flat, matrix } = facts;
  const radii = [steep, flat].map((c) => spectralRadius(rule, hyper, c));
  const ratio = hyper.lr / limit;
  const kind = ratio > 1 + 1e-6 ? "unstable" : ratio < 1 - 1e-6 ? "stable" : "marginal";
  const part = (other) =>
    Math.hypot(...matrix.map(([a, b], i) => a * g[0] + b * g[1] - other * g[i]));
  const size = steep * Math.hypot(...g);
  const growing = [part(flat), part(steep)].some((v, k) => radii[k] > 1 && v > 1e-7 * size);
  const round = steep - flat <= 1e-7 * steep && size > 0;
  return { kind, growth: Math.max(...radii), touched: growing || round };
}
