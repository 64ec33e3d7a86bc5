"""Print a rule and an objective as a module that takes many runs through all their steps.

The runs of a block lie side by side in memory, so that a processor steps several at once. All
numbers of a block form a matrix, a row for each quantity and a column for each run.
"""

import ast
import inspect
from dataclasses import dataclass
from functools import lru_cache

from gdlib.forms.numba_source import HEAD, OPTIONS, expression, reserve
from gdlib.forms.source import read_function
from gdlib.forms.split import split_step
from gdlib.rule import short_name, state_kinds

BLOCK = 64  # runs; their numbers stay in the first-level cache of a core

FUNCTION = '''

@njit({options})
def {name}({arguments}):
    """{says}"""
{lines}
    return {results}
'''
RUN = '''

@njit({options})
def run_block(_address, _shared, _constants, _path, _first):
    """All steps of a block; _shared has the scalars common to all runs, a row for each step."""
    _w = carray(pointer(_address), ({rows}, {block}), float64)
    _steps = len(_shared)
{constants}
    for _t in range(_steps + 1):
        for _j in range({block}):
{look}
        if len(_path):
            for _j in range(min({block}, _path.shape[1] - _first)):
                _path[_t, _first + _j] = _w[{f}, _j]
        if _t == _steps:
            break
{steps}


@njit({options}, parallel=True)
def run(_addresses, _shared, _constants, _path):
    for _block in prange(len(_addresses)):
        run_block(_addresses[_block], _shared, _constants, _path, _block * {block})
'''


@dataclass(frozen=True)
class SweepSource:
    """A printed sweep.

    text: the module.
    rows: quantity → row of a block: (field, c) for component c of x, g, the state's arrays and
        "last", the point last seen in bounds; "_f" is f there, "_inside" 1 for a run still in
        bounds, "_stopped_at" and "_stopped_value" when and with what f it left them; and the
        scalars that differ between runs.
    shared: the arguments and scalars of the host's part that are common to all runs.
    own_fields: those scalar fields of the state that differ between runs → their row's name.
    """

    text: str
    rows: dict
    shared: tuple[str, ...]
    own_fields: dict[str, str]


@lru_cache(maxsize=64)
def sweep_source(rule, objective, swept, limit):
    """Print the runs of ``rule`` on ``objective`` (an Objective).

    swept: the hyperparameters that differ between runs, a tuple of names; limit: a run with
    |x_i| beyond it has diverged. Raises SourceError for a rule that is not elementwise and for an
    objective that is not in the subset.
    """
    split, d = split_step(rule), objective.dimension
    host = _OwnHost(split, [n for n, k in state_kinds(rule).items() if k == "scalar"], swept)
    vectors = ("x", "g", "last", *split.arrays)
    quantities = [(name, c) for name in vectors for c in range(d)]
    quantities += ["_f", "_inside", "_stopped_at", "_stopped_value", *swept]
    quantities += [*host.old, *host.scalars]
    rows = {name: i for i, name in enumerate(dict.fromkeys(quantities))}
    names = [n for n, _ in (*split.host, *split.body)] + list(split.arguments)
    reserve(names, f"{short_name(rule)}'s step")

    def cell(name):
        if name in rows:
            return f"_w[{rows[name]}, _j]"
        return f"_s{host.shared.index(name)}"

    scalars = [f"_w[{rows[n]}, _j]" for n in (*host.scalars, *host.old)]
    # Read before the loops, which then see no memory but their own.
    steps = [f"_s{i} = _shared[_t, {i}]" for i in range(len(host.shared))]
    if scalars:
        call = f"host({', '.join(map(cell, host.arguments))})"
        steps += [f"for _j in range({BLOCK}):", f"    {', '.join(scalars)}, = {call}"]
    for c in range(d):
        given = [("x", c), ("g", c), *((n, c) for n in split.arrays), *split.scalars]
        new = [("x", c), *((n, c) for n in split.arrays)]
        call = f"step({', '.join(map(cell, given))})"
        steps += [f"for _j in range({BLOCK}):", f"    {', '.join(map(cell, new))}, = {call}"]
    text = _objective(objective) + host.printed(short_name(rule))
    text += _function(
        "step",
        ("x", "g", *split.old_arrays, *split.scalars),
        f"One step of {short_name(rule)} for one component.",
        split.body,
        split.results,
    )
    text += RUN.format(
        options=OPTIONS,
        rows=len(rows),
        block=BLOCK,
        f=rows["_f"],
        constants="\n".join(
            f"    _c{i} = _constants[{i}]" for i in range(len(objective.parameters))
        ),
        look="\n".join(" " * 12 + line for line in _look(objective, cell, limit)),
        steps="\n".join(" " * 8 + line for line in steps),
    )
    return SweepSource(HEAD + text, rows, host.shared, host.own_fields)


class _OwnHost:
    """The host's part as far as it differs between runs.

    old: the old scalar fields that differ; scalars: what the body takes, without hyperparameters.
    """

    def __init__(self, split, fields, swept):
        self.split = split
        old = dict(zip(fields, split.arguments[len(split.arguments) - len(fields) :], strict=True))
        own, before = set(swept), None
        while own != before:
            before = set(own)
            for name, value in split.host:
                if _names(value) & own:
                    own.add(name)
            own |= {old[n] for n, value in split.new_scalars.items() if _names(value) & own}
        self.own_fields = {n: old[n] for n in fields if old[n] in own}
        self.old = [*self.own_fields.values()]
        self.scalars = [n for n in split.scalars if n in own and n not in (*swept, *self.old)]
        self.results = [ast.Name(n) for n in self.scalars]
        self.results += [split.new_scalars[n] for n in self.own_fields]
        self.lines, needed = [], set().union(*map(_names, self.results)) if self.results else set()
        for name, value in reversed(split.host):
            if name in needed:
                self.lines.insert(0, (name, value))
                needed |= _names(value)
        self.arguments = [n for n in split.arguments if n in needed]
        common = (*(n for n in self.arguments if n not in own), *split.scalars)
        self.shared = tuple(dict.fromkeys(n for n in common if n not in own))

    def printed(self, rule):
        """The function ``host`` of one run, or nothing where runs differ in nothing."""
        if not self.results:
            return ""
        says = f"What a step of {rule} takes from scalars that differ between runs."
        return _function("host", self.arguments, says, self.lines, self.results)


def _objective(objective):
    parts = []
    for name, function in (("value", objective.value_of), ("gradient", objective.gradient_of)):
        components = tuple(inspect.signature(function).parameters)[: objective.dimension]
        program = read_function(function, components)
        names = [*components, *program.parameters, *(n for n, _ in program.assignments)]
        reserve(names, f"the {name} of {objective.name}")
        arguments = (*components, *objective.parameters)
        says = f"The {name} of {objective.name}."
        parts.append(_function(name, arguments, says, program.assignments, program.results))
    return "".join(parts)


def _look(objective, cell, limit):
    """The lines that evaluate the objective and note which runs are still in bounds."""
    components = range(objective.dimension)
    constants = [f"_c{i}" for i in range(len(objective.parameters))]
    point = ", ".join([*(f"_x{c}" for c in components), *constants])
    inside = [f"(abs(_{a}) < inf)" for a in ("f", *(f"g{c}" for c in components))]
    inside += [f"(abs(_x{c}) <= {limit!r})" for c in components]
    left = "_was != _stays"
    kept = [("_f", "_stays", "_f"), *((("last", c), "_stays", f"_x{c}") for c in components)]
    kept += [("_stopped_at", left, "float64(_t)"), ("_stopped_value", left, "_f")]
    return [
        *(f"_x{c} = {cell(('x', c))}" for c in components),
        f"_f, = value({point})",
        f"{''.join(f'_g{c}, ' for c in components)}= gradient({point})",
        f"_was = {cell('_inside')} > 0",
        f"_stays = _was & {' & '.join(inside)}",
        *(f"{cell(('g', c))} = _g{c}" for c in components),
        *(f"{cell(n)} = where({condition}, {new}, {cell(n)})" for n, condition, new in kept),
        f"{cell('_inside')} = where(_stays, 1.0, 0.0)",
    ]


def _function(name, arguments, says, lines, results):
    return FUNCTION.format(
        options=OPTIONS,
        name=name,
        arguments=", ".join(arguments),
        says=says,
        lines="\n".join(f"    {n} = {expression(v, 'float64')}" for n, v in lines),
        results="".join(f"{expression(r, 'float64')}, " for r in results).rstrip(),
    )


def _names(node):
    return {n.id for n in ast.walk(node) if isinstance(n, ast.Name)}
