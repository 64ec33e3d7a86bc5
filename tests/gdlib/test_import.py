"""Data flows one way, and ``import gdlib`` stays light."""

import ast
import json
import subprocess
import sys
from pathlib import Path

import gdlib

ROOT = Path(gdlib.__file__).parent
# In the order in which the data flows; a module imports only from above it.
ORDER = [
    "ops",
    "rule",
    "objective",
    "least_squares",
    "gradient",
    "autograd",
    "lyapunov",
    "activation",
    "initializer",
    "loss",
    "layers",
    "nn",
    "data",
    "optim",
    "variant",
    "dialects",
    "invariance",
    "stability",
    "schedule",
    "clip",
    "descent",
    "forms",
    "train",
    "palette",
    "plot",
    "widget",
    "exercises",
    "grade",
    "cli",
    "__main__",
]
HEAVY = ["torch", "matplotlib", "anywidget", "rich", "numba", "scipy", "triton"]


def imports(file):
    """The parts of gdlib that a file imports, at its top or inside a function."""
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("gdlib"):
            parts = node.module.split(".")
            yield from [parts[1]] if len(parts) > 1 else [alias.name for alias in node.names]
        elif isinstance(node, ast.Import):
            yield from (a.name.split(".")[1] for a in node.names if a.name.startswith("gdlib."))


def test_a_module_imports_only_from_above():
    files = [f for f in ROOT.rglob("*.py") if f != ROOT / "__init__.py"]
    for file in files:
        place = file.relative_to(ROOT).parts[0].removesuffix(".py")
        assert place in ORDER, f"{place} has no place in ORDER"
        for used in imports(file):
            assert ORDER.index(used) <= ORDER.index(place), f"{file} imports {used}"


def modules_after(statement):
    script = f"import sys; {statement}; import json; print(json.dumps(list(sys.modules)))"
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    return set(json.loads(done.stdout))


def test_import_loads_nothing_beyond_numpy():
    added = modules_after("import gdlib") - modules_after("import numpy")
    assert {name for name in added if name.startswith("gdlib")} == {"gdlib"}
    assert added.isdisjoint(HEAVY)


def test_rules_descent_and_graders_load_nothing_heavy():
    parts = "gdlib.optim, gdlib.descent, gdlib.forms.show, gdlib.stability, gdlib.grade"
    assert modules_after(f"import {parts}").isdisjoint(HEAVY)


def test_every_public_name_is_there():
    for name in gdlib.__all__:
        assert callable(getattr(gdlib, name))
    assert set(gdlib.__all__) <= set(dir(gdlib))
