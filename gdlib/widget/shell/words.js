// What a descent figure shows, in words; gdlib.widget.words says the same in Python.

function settings(controls, values) {
  return controls.map((c) => `${c.symbol} = ${digits(values[c.name], 4)}`).join(", ");
}

function sceneInWords(objective, parameters, start, f) {
  const given = settings(objective.parameters, parameters);
  const where = given ? `${objective.label} with ${given}` : objective.label;
  return `On ${where}, from ${point(start)}, where f = ${digits(f)}.`;
}

// What became of a run by the given step.
function runInWords(result, step, minima) {
  const now = Math.min(step, result.x.length - 1);
  const ends = result.diverged && step >= result.stoppedAt;
  const words = [];
  if (!ends) {
    const steps = now === 1 ? "1 step" : `${now} steps`;
    words.push(`After ${steps} f = ${digits(result.f[now])}`);
    if (minima.length) {
      const goal = nearest(result.x[now], minima);
      words.push(`${digits(distance(result.x[now], goal))} from the minimum ${point(goal)}`);
    }
  }
  const text = words.join(", ");
  if (!result.diverged) return `${text}.`;
  const last = result.stoppedAt - 1;
  const fate = `iverges: out of bounds at step ${result.stoppedAt}`;
  return ends ? `D${fate}, f = ${digits(result.f[last])} the step before.` : `${text}. D${fate}.`;
}

// What the limit on lr says about this run: nothing where there is none.
function limitInWords(limit, lr, facts, now) {
  if (limit === null || limit === Infinity) return "";
  const steep = `steepest curvature ${digits(facts.steep, 4)}`;
  const place = facts.quadratic ? "" : ` at the minimum ${point(facts.at)}`;
  if (limit === 0) return `Unstable${place} at every learning rate (${steep}).`;
  if (now.kind === "stable") return `Stable${place} up to ${digits(limit)} (${steep}).`;
  const rate = `Learning rate ${digits(lr, 4)} is`;
  if (now.kind === "marginal") {
    return (
      `${rate} the stability limit${place} (${steep}): there the error along the steepest ` +
      `direction neither grows nor shrinks.`
    );
  }
  const growth =
    now.growth < 2 ? `by ${digits(100 * (now.growth - 1), 2)} %` : `${digits(now.growth)}-fold`;
  const head =
    `${rate} above the stability limit ${digits(limit)}${place} (${steep}): each step overshoots ` +
    `by more than it corrects; `;
  if (!facts.quadratic) {
    return `${head}near the minimum the error grows ${growth} per step, so the run cannot settle.`;
  }
  return now.touched
    ? `${head}in the long run the error grows ${growth} per step, and the run diverges.`
    : `${head}an error along the steepest direction grows ${growth} per step, but this start has none.`;
}
