// What stands below the pictures of a descent: the player, the objective, a row for each rule.
const CROWD = 4;

function descentPanel(model, config, rules, play) {
  const controls = [];
  const add = (control, name) => {
    const made = slider(model, control, name);
    controls.push(made);
    return made.root;
  };
  const playButton = button("Play", play.toggle, { class: "gdlib-play" });
  const stepText = html("span", { class: "gdlib-label" });
  const step = html("input", {
    type: "range", min: 0, step: 1, "aria-label": "Step shown", "data-trait": "step",
    input: () => {
      if (play.playing()) play.stop();
      change(model, { step: Number(step.value) });
    },
  });
  const reset = button("Reset", () => {
    if (play.playing()) play.stop();
    change(model, config.initial);
  }, { class: "gdlib-reset" });
  const bar = html("div", { class: "gdlib-player" }, playButton, stepText, step, reset);

  // The objective: chosen from a list where there are several, with its own parameters.
  const choose = (name) => {
    const { start } = config.objectives.find((o) => o.name === name);
    change(model, { objective: name, start });
  };
  const several = config.objectives.length > 1;
  const choice = several ? select(config.objectives, "Objective", choose) : null;
  const scene = html("p", { class: "gdlib-note gdlib-summary" });
  const parameters = config.objectives.map((o) => ({
    name: o.name,
    nodes: o.parameters.filter((c) => c.shown).map((c) => add(c, o.label)),
  }));
  const head = choice ?? html("span", { class: "gdlib-name" }, config.objectives[0].label);
  const row = (kind, first, nodes, note, style) =>
    html("div", { class: `gdlib-row gdlib-${kind}`, style }, html("div", { class: "gdlib-head" }, first),
      html("div", { class: "gdlib-body" }, html("div", { class: "gdlib-controls" }, ...nodes), note));
  const first = row("objective", head, parameters.flatMap((p) => p.nodes), scene);

  // Many rules have their switches together, and a row each only while they are shown.
  const crowd = rules.length > CROWD;
  const rows = rules.map((rule) => {
    const made = rule.hyper.filter((c) => c.shown).map((c) => {
      const control = slider(model, c, rule.label);
      controls.push(control);
      return { name: c.name, control };
    });
    const style = `--rule: ${rule.colour}`;
    const note = html("p", { class: "gdlib-note" });
    const text = note.appendChild(html("span"));
    const stability = note.appendChild(html("span", { class: "gdlib-stability" }));
    const turn = (on) => {
      const active = config.rules.map((r) => r.name)
        .filter((name) => (name === rule.name ? on : model.get("active").includes(name)));
      change(model, { active });
    };
    const switched = rules.length > 1 ? toggle(rule.label, crowd ? style : undefined, turn) : null;
    const plain = html("span", { class: "gdlib-name" }, rule.label);
    const name = crowd ? plain : switched?.root ?? plain;
    const node = row("rule", name, made.map((m) => m.control.root), note, style);
    node.classList.toggle("gdlib-dashed", rule.dashed);
    return { node, made, text, stability, switched };
  });
  const group = { class: "gdlib-switches", role: "group", "aria-label": "Rules shown" };
  const switches = crowd ? [html("div", group, ...rows.map((r) => r.switched.root))] : [];
  const settings = [first, ...switches, ...rows.map((r) => r.node)];

  return {
    nodes: [bar, html("div", { class: "gdlib-settings" }, ...settings)],
    drawScene(text, playing) {
      const [steps, now] = [model.get("steps"), Math.min(model.get("step"), model.get("steps"))];
      step.max = steps;
      step.value = now;
      step.style.setProperty("--value", now / steps);
      setText(stepText, `step ${now} of ${steps}`);
      step.setAttribute("aria-valuetext", `step ${now} of ${steps}`);
      setText(playButton, playing ? "Pause" : "Play");
      playButton.classList.toggle("gdlib-playing", playing);
      if (choice) choice.value = model.get("objective");
      for (const { name, nodes } of parameters) {
        nodes.forEach((node) => (node.hidden = name !== model.get("objective")));
      }
      setSentence(scene, text);
      for (const control of controls) control.update();
    },
    drawRule(k, { shown, limit, text, stability = "", warning }) {
      const one = rows[k];
      one.node.classList.toggle("gdlib-off", !shown);
      one.node.classList.toggle("gdlib-warning", warning);
      if (one.switched) one.switched.box.checked = shown;
      one.node.hidden = crowd && !shown;
      for (const { name, control } of one.made) {
        if (name === "lr") control.update(limit || null);
        for (const input of control.root.querySelectorAll("input")) input.disabled = !shown;
      }
      setSentence(one.text, shown ? `${text} ` : crowd ? "" : "Not shown.");
      setSentence(one.stability, stability);
    },
  };
}
