"""The kernels do what the rules do, run by Triton's interpreter, which needs no GPU.

Triton chooses the interpreter when it is imported. So the checks run in a process of their own.
"""

import os
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("triton", reason="Triton is for Linux only")


@pytest.mark.parametrize("checks", ["rules", "optimizer"])
def test_the_checks_pass_under_the_interpreter(checks):
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider",
         Path(__file__).with_name(f"triton_{checks}.py")],
        env={**os.environ, "TRITON_INTERPRET": "1"},
        capture_output=True,
        text=True,
        check=False,
    )  # fmt: skip
    print(done.stdout)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "skipped" not in done.stdout
