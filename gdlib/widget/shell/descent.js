// The descent figure: a map with paths, the loss over the steps, and all that can be moved.
function descent(model, registry, root) {
  const config = model.get("config");
  const objectives = new Map(config.objectives.map((o) => [o.name, { ...registry[o.code], ...o }]));
  const rules = config.rules.map((r) => ({ ...registry[r.code], ...r }));
  const map = plane();
  const loss = lossChart();
  const said = announcer();
  const play = player(model, () => update());
  const panel = descentPanel(model, config, rules, play);
  const mapBox = html("div", { class: "gdlib-plane-box" }, map.root);
  const lossBox = html("div", { class: "gdlib-chart-box" }, loss.root);
  root.append(html("div", { class: "gdlib-pictures" }, mapBox, lossBox), ...panel.nodes, said);

  const read = (controls) => Object.fromEntries(controls.map((c) => [c.name, model.get(c.trait)]));
  let landscape = null;
  let limits = new Map();

  function drawLandscape(objective, parameters) {
    const key = JSON.stringify([objective.name, parameters, map.width, map.height]);
    if (landscape?.key === key) return;
    const value = (x) => objective.value(x, parameters);
    map.drawLandscape(value, objective.window, objective.minima);
    const corners = [0, 1, 2, 3, 4].flatMap((i) => [0, 1, 2, 3, 4].map((j) => value([
      map.view[0][0] + (i / 4) * (map.view[0][1] - map.view[0][0]),
      map.view[1][0] + (j / 4) * (map.view[1][1] - map.view[1][0]),
    ])));
    landscape = {
      key,
      lowest: objective.minima.length ? Math.min(...objective.minima.map(value)) : null,
      span: [Math.min(...corners), Math.max(...corners)],
      facts: objective.minima.map((at) => minimumFacts(objective, parameters, at)),
    };
    limits = new Map();
  }

  // The limit on a rule's lr at the minimum nearest to the start; only lr itself does not matter.
  function limitOf(rule, hyper, facts) {
    if (!rule.linear || !facts) return null;
    const key = JSON.stringify([rule.name, { ...hyper, lr: 0 }, facts.at]);
    if (!limits.has(key)) limits.set(key, stabilityLimit(rule, hyper, facts));
    return limits.get(key);
  }

  function draw() {
    const objective = objectives.get(model.get("objective"));
    const parameters = read(objective.parameters);
    const [start, steps] = [model.get("start"), model.get("steps")];
    const step = Math.min(model.get("step"), steps);
    const active = model.get("active");
    drawLandscape(objective, parameters);
    const goal = objective.minima.length ? nearest(start, objective.minima) : null;
    const facts = landscape.facts.find((f) => f.at === goal);
    const g = objective.gradient(start, parameters);
    const runs = [];
    const words = [sceneInWords(objective, parameters, start, objective.value(start, parameters))];
    panel.drawScene(words[0], play.playing());
    rules.forEach((rule, k) => {
      const hyper = read(rule.hyper);
      const limit = limitOf(rule, hyper, facts);
      const shown = active.includes(rule.name);
      if (!shown) {
        panel.drawRule(k, { shown, limit, text: "", warning: false });
        return;
      }
      const result = run(objective, parameters, rule, hyper, start, steps);
      const now = limit ? behaviour(rule, hyper, facts, limit, g) : null;
      const text = runInWords(result, step, objective.minima);
      const stability = limitInWords(limit, hyper.lr, facts, now);
      panel.drawRule(k, {
        shown, limit, text, stability, warning: result.diverged || now?.kind === "unstable",
      });
      words.push(`${rule.label} with ${settings(rule.hyper, hyper)}: ${text} ${stability}`.trim());
      runs.push({ result, style: `--rule: ${rule.colour}`, dashed: rule.dashed });
    });
    map.drawRuns(runs, step);
    map.drawHandle(start);
    if (runs.length) loss.draw(runs, steps, step, landscape.lowest, landscape.span);
    lossBox.classList.toggle("gdlib-empty", runs.length === 0);
    loss.root.setAttribute("aria-label", `Loss of each run over ${steps} steps`);
    map.root.setAttribute("aria-label", `Contours of ${objective.label} with the path of each run`);
    said.say(words.join(" "));
  }

  const update = oncePerFrame(draw);
  const silence = listen(model, config.traits, update);
  draggable(map, () => model.get("start"), (start) => change(model, { start }));
  loss.onStep((step) => change(model, { step }));
  const watch = watchSize([mapBox, lossBox], (sizes) => {
    map.resize(...sizes[0]);
    loss.resize(...sizes[1]);
    draw();
  });
  return () => {
    play.stop();
    silence();
    watch.disconnect();
    update.cancel();
  };
}

// Call `resized` with the sizes of the boxes now and whenever they change.
function watchSize(boxes, resized) {
  const measure = () => {
    const sizes = boxes.map((box) => [box.clientWidth, box.clientHeight]);
    if (sizes.every(([width]) => width > 0)) resized(sizes);
  };
  const watch = new ResizeObserver(oncePerFrame(measure));
  boxes.forEach((box) => watch.observe(box));
  measure();
  return watch;
}
