"""The descent figure: paths on a contour map, with everything that shapes them to be moved."""

from dataclasses import replace

import anywidget
import numpy as np
from traitlets import Dict, Unicode

from gdlib.descent import descend
from gdlib.forms.javascript import objective_javascript, rule_javascript
from gdlib.palette import colour, is_variant
from gdlib.rule import hyperparameters, short_name
from gdlib.stability import is_linear
from gdlib.widget import bundle, page, words
from gdlib.widget.controls import control
from gdlib.widget.still_descent import descent_map, loss_chart
from gdlib.widget.traits import Checked, one_of, point_of_plane, some_of, whole

MOST_STEPS = 2000
# Beyond so many rules, those that are not shown have a switch and no row; as in panel.js.
CROWD = 4


def descent(
    objective,
    rules,
    *,
    objectives=None,
    start=None,
    steps=100,
    hyper=None,
    ranges=None,
    show=None,
    active=None,
    alt=None,
    caption="",
):
    """Show one or several rules descending an objective, with sliders.

    Arguments
    ---------
    objective: the Objective of two variables shown at first, its parameters as they are at first.
    rules: a module of ``gdlib.optim``, a variant, or a list of them.
    objectives: further objectives for the reader to choose from; ``objective`` is put first.
    start: the starting point (2,); default: the objective's own.
    steps: the number of steps, 1 to 2000.
    hyper: first values by rule, ``{"momentum": {"lr": 0.02, "beta": 0.9}}``; default: the rule's.
    ranges: ends of sliders by rule or objective, ``{"momentum": {"lr": (1e-3, 1)}}``.
    show: the hyperparameters and parameters that have a slider, ``("lr", "beta", "kappa")``;
        default: all but eps, and none of an objective with more than two.
    active: the names of the rules drawn at first; default: all.
    alt: what the figure shows, for who cannot see it; default: made from the names.
    caption: the text under the figure.

    Returns an anywidget. Its traits can be read and set: ``objective`` (name), ``start``,
    ``steps``, ``step`` (the step shown), ``active``; the hyperparameters of the first rule by name
    (``w.lr``), those of others with the rule's name before (``w.adam_lr``); the objective's
    parameters (``w.kappa``). ``w.history()`` runs the first rule as set,
    ``w.history("adam")`` another.

    Raises ValueError or TypeError for what makes no sense, SourceError for a rule that cannot be
    printed as JavaScript.
    """
    return Descent(
        [objective, *(o for o in objectives or () if o.name != objective.name)],
        list(rules) if isinstance(rules, list | tuple) else [rules],
        objective.start if start is None else start,
        steps,
        hyper or {},
        ranges or {},
        show,
        active,
        alt,
        caption,
    )


class Descent(anywidget.AnyWidget):
    """What ``descent`` returns."""

    kind = Unicode("descent").tag(sync=True)
    config = Dict().tag(sync=True)
    _esm = Unicode().tag(sync=True)
    _css = Unicode().tag(sync=True)

    def __init__(self, objectives, rules, start, steps, hyper, ranges, show, active, alt, caption):
        names = [short_name(rule) for rule in rules]
        _distinct("rules", names)
        _distinct("objectives", [o.name for o in objectives])
        for o in objectives:
            if o.dimension != 2:
                raise ValueError(f"a map needs two variables, {o.name} has {o.dimension}")
        _known("hyper", hyper, names)
        _known("ranges", ranges, [*names, *(o.name for o in objectives)])
        start = point_of_plane("start")(start)
        self._objectives = {o.name: o for o in objectives}
        self._starts = {o.name: [float(v) for v in o.start] for o in objectives}
        self._starts[objectives[0].name] = start
        self._rules = dict(zip(names, rules, strict=True))
        code = self.code()
        self._caption = caption
        values = self._make_controls(hyper, ranges, show)
        state = {
            "objective": objectives[0].name,
            **values,
            "start": start,
            "steps": whole("steps", 1, MOST_STEPS)(steps),
            "step": steps,
            "active": names if active is None else some_of("active", names)(active),
        }
        checks = {
            "objective": one_of("objective", list(self._objectives)),
            "start": point_of_plane("start"),
            "steps": whole("steps", 1, MOST_STEPS),
            "step": whole("step", 0, lambda: self.steps),
            "active": some_of("active", names),
        }
        for trait in values:
            if trait in checks or hasattr(type(self), trait):
                raise ValueError(f"{trait!r} is taken by the widget; give the number another name")
        checks |= {c.trait: c.check for found in self._controls.values() for c in found}
        self._synced = list(state)
        self.add_traits(**{name: Checked(check, state[name]) for name, check in checks.items()})
        self._alt = alt or self._usual_alt()
        config = {**self._config(), "caption": caption, "initial": state}
        super().__init__(config=config, _esm=bundle.module(code), _css=bundle.style())
        self.observe(self._begin_at_its_start, "objective")
        self.observe(self._keep_step_within, "steps")

    def history(self, name=None):
        """Run a rule, by default the first, with the present settings; returns its History."""
        name = next(iter(self._rules)) if name is None else name
        rule = self._rules[one_of("the rule", list(self._rules))(name)]
        return descend(self._objective(), self.start, rule, self.steps, **self._values(name))

    def words(self):
        """What the figure shows, in words to three digits: a list of sentences."""
        objective, controls = self._objective(), self._controls
        f = objective.value(np.array(self.start))
        label = _label(self.objective)
        values = self._values(self.objective)
        sentences = [words.scene_in_words(label, controls[self.objective], values, self.start, f)]
        for name in self.active:
            hyper = words.settings(controls[name], self._values(name))
            sentences.append(f"{_label(name)} with {hyper}: {self._rule_in_words(name)}")
        return sentences

    def _rule_in_words(self, name):
        rule, hyper = self._rules[name], self._values(name)
        text = words.run_in_words(self.history(name), self.step, self._objective().minima)
        if "lr" in hyper and is_linear(rule):
            found = words.stability_in_words(rule, self._objective(), hyper, self.start)
            text = f"{text} {found}".rstrip()
        return text

    def _repr_mimebundle_(self, **kwargs):
        bundled = super()._repr_mimebundle_(**kwargs)
        data, metadata = bundled if bundled is not None else ({}, {})
        return {**data, "text/plain": "\n".join(self.words()), "text/html": self.html()}, metadata

    def html(self):
        """The figure as it stands on a page, with the present settings."""
        state = {name: getattr(self, name) for name in self._synced}
        return page.figure(
            self.kind, self._config(), self.code(), state, self._still(), self._caption
        )

    def _make_controls(self, hyper, ranges, show):
        """Make the controls of all rules and objectives; return the first values by trait."""
        self._controls, values = {}, {}
        for k, (name, rule) in enumerate(self._rules.items()):
            first = hyperparameters(rule)
            _known(f"hyper of {name}", hyper.get(name, {}), first)
            first |= hyper.get(name, {})
            prefix = "" if k == 0 else f"{name}_"
            self._add_controls(name, first, prefix, ranges.get(name, {}), show, values)
        for name, objective in self._objectives.items():
            numbers = objective.parameters
            shown = show if show is not None or len(numbers) <= 2 else ()
            self._add_controls(name, numbers, "", ranges.get(name, {}), shown, values)
        if show is not None:
            _known("show", show, [c.name for found in self._controls.values() for c in found])
        return values

    def _add_controls(self, owner, numbers, prefix, ranges, show, values):
        _known(f"ranges of {owner}", ranges, numbers)
        found = self._controls[owner] = []
        for name, value in numbers.items():
            shown = name != "eps" if show is None else name in show
            made = control(name, value, trait=prefix + name, bounds=ranges.get(name), shown=shown)
            if values.setdefault(made.trait, float(value)) != value:
                raise ValueError(f"{made.trait!r} stands for two numbers; give one another name")
            found.append(made)

    def _values(self, owner):
        return {c.name: getattr(self, c.trait) for c in self._controls[owner]}

    def _objective(self):
        return self._objectives[self.objective](**self._values(self.objective))

    def _begin_at_its_start(self, change):
        self.start = self._starts[change.new]

    def _keep_step_within(self, change):
        if self.step == change.old or self.step > change.new:
            self.step = change.new

    def _usual_alt(self):
        rules = " and ".join(_label(name) for name in self._rules)
        return (
            f"Map of {_label(next(iter(self._objectives)))} with the path of {rules}, and its loss"
        )

    def code(self):
        """The JavaScript that the figure needs beside the shell, by name."""
        code = {f"rule:{name}": rule_javascript(rule) for name, rule in self._rules.items()}
        for name, objective in self._objectives.items():
            # The parameters come from the model; without them the code depends on the name alone.
            code[f"objective:{name}"] = objective_javascript(replace(objective, parameters={}))
        return code

    def _config(self):
        return {
            "alt": self._alt,
            "traits": self._synced,
            "rules": [
                {
                    "name": name,
                    "label": _label(name),
                    "code": f"rule:{name}",
                    "colour": colour(name),
                    "dashed": is_variant(name),
                    "linear": is_linear(rule),
                    "hyper": [c.as_json() for c in self._controls[name]],
                }
                for name, rule in self._rules.items()
            ],
            "objectives": [
                {
                    "name": name,
                    "label": _label(name),
                    "code": f"objective:{name}",
                    "parameters": [c.as_json() for c in self._controls[name]],
                    "minima": [list(m) for m in objective.minima],
                    "window": [list(side) for side in objective.window],
                    "start": self._starts[name],
                }
                for name, objective in self._objectives.items()
            ],
        }

    def _still(self):
        objective = self._objective()
        runs = [(self.history(n), colour(n), is_variant(n)) for n in self.active]
        drawn = descent_map(objective, runs, self.start, self._alt)
        loss = loss_chart(objective, runs, self.steps, f"Loss over {self.steps} steps")
        scene, *_ = self.words()
        rows = [page.row("objective", _label(self.objective), self._shown(self.objective), scene)]
        crowd = len(self._rules) > CROWD
        if crowd:
            rows.append(page.switches([_label(name) for name in self._rules]))
        rows += [
            page.row(
                "rule",
                _label(name),
                self._shown(name),
                self._rule_in_words(name) if name in self.active else "Not shown.",
                f"--rule: {colour(name)}",
            )
            for name in self._rules
            if name in self.active or not crowd
        ]
        return (
            f'<div class="gdlib-pictures"><div class="gdlib-plane-box">{drawn}</div>'
            f'<div class="gdlib-chart-box">{loss}</div></div>\n<div class="gdlib-player"></div>\n'
            f'<div class="gdlib-settings">{"".join(rows)}</div>'
        )

    def _shown(self, owner):
        return sum(c.shown for c in self._controls[owner])


def _label(name):
    return name.replace("_", " ")


def _known(what, given, allowed):
    for name in given:
        if name not in allowed:
            raise ValueError(f"{what}: there is no {name!r}; there is {', '.join(allowed)}")


def _distinct(what, names):
    if not names:
        raise ValueError(f"{what} must not be empty")
    for name in names:
        if names.count(name) > 1:
            raise ValueError(f"two of the {what} are called {name!r}; give one another name")
