// Contours by marching squares. Each is a set of closed rings around the points below its level, so
// that it can be filled; rings close outside the grid, where the picture is clipped.

// For each of the 16 cells (bits: corners clockwise from the first that are below the level) the
// edges where a ring leaves the region and comes back into it. Edge k joins corners k and k + 1.
const CROSSINGS = Array.from({ length: 16 }, (_, bits) => {
  const below = [8, 4, 2, 1].map((bit) => (bits & bit) !== 0);
  const edges = [0, 1, 2, 3];
  return {
    out: edges.filter((k) => below[k] && !below[(k + 1) % 4]),
    back: edges.filter((k) => !below[k] && below[(k + 1) % 4]),
  };
});

// Values on a grid with a border of infinity, and what turns its indices into coordinates.
function sample(value, [[left, right], [bottom, top]], columns, rows) {
  const width = columns + 2;
  const height = rows + 2;
  const dx = (right - left) / (columns - 1);
  const dy = (top - bottom) / (rows - 1);
  const values = new Float64Array(width * height).fill(Infinity);
  for (let j = 0; j < rows; j += 1) {
    for (let i = 0; i < columns; i += 1) {
      const v = value([left + i * dx, bottom + j * dy]);
      if (v === v) values[(j + 1) * width + i + 1] = v;
    }
  }
  return { values, width, height, columns, rows };
}

// The rings below a level, each a flat list of column, row, column, row … in units of the grid.
function rings({ values, width, height }, level) {
  const next = new Int32Array(2 * width * height).fill(-1);
  const starts = [];
  const edge = (i, j, k) => {
    if (k === 0) return j * width + i;
    if (k === 2) return (j + 1) * width + i;
    return width * height + j * width + (k === 1 ? i + 1 : i);
  };
  for (let j = 0; j < height - 1; j += 1) {
    for (let i = 0; i < width - 1; i += 1) {
      const n = j * width + i;
      const a = values[n];
      const b = values[n + 1];
      const c = values[n + width + 1];
      const d = values[n + width];
      const bits = (a < level && 8) | (b < level && 4) | (c < level && 2) | (d < level && 1);
      if (bits === 0 || bits === 15) continue;
      const { out, back } = CROSSINGS[bits];
      // In a saddle the mean decides whether the low corners are joined (around each high one).
      const joined = out.length === 1 || a + b + c + d < 4 * level;
      for (let k = 0; k < out.length; k += 1) {
        const from = edge(i, j, out[k]);
        const to = out.length === 1 ? back[0] : (out[k] + (joined ? 1 : 3)) % 4;
        next[from] = edge(i, j, to);
        starts.push(from);
      }
    }
  }
  const found = [];
  for (const start of starts) {
    if (next[start] < 0) continue;
    const ring = [];
    for (let at = start; next[at] >= 0; ) {
      crossing(values, width, height, at, level, ring);
      const after = next[at];
      next[at] = -1;
      at = after;
    }
    found.push(ring);
  }
  return found;
}

// Append the point where an edge crosses the level.
function crossing(values, width, height, edge, level, ring) {
  const upright = edge >= width * height;
  const n = upright ? edge - width * height : edge;
  const a = values[n];
  const b = values[n + (upright ? width : 1)];
  const t = b === Infinity ? 1 : a === Infinity ? 0 : (level - a) / (b - a);
  const i = (n % width) - 1;
  const j = Math.floor(n / width) - 1;
  ring.push(upright ? i : i + t, upright ? j + t : j);
}

// Levels for a picture, evenly spaced in log(f − lowest) between the lowest hundredth and the top;
// without a known minimum evenly spaced in f. A third of the grid is enough to know both.
function levels(grid, lowest, count) {
  const sorted = grid.values.filter((v, n) => n % 3 === 0 && v < Infinity).sort();
  const top = sorted[sorted.length - 1];
  if (lowest === null) {
    const bottom = sorted[0];
    return Array.from({ length: count }, (_, k) => bottom + ((top - bottom) * (k + 0.5)) / count);
  }
  const base = Math.max(sorted[Math.floor(sorted.length / 100)] - lowest, 1e-12 * (top - lowest));
  const ratio = (top - lowest) / base;
  return Array.from({ length: count }, (_, k) => lowest + base * ratio ** (k / count));
}
