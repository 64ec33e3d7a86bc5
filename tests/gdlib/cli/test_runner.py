"""Whatever a learner's file does, it is reported as what it is and the others are graded."""

import time
from pathlib import Path

import pytest

from gdlib.cli.runner import run
from gdlib.grade import grade

LINUX = pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="needs /proc")
TIMEOUT = 1.2  # seconds; a worker needs about 0.2


def verdict_on(folder, text, name="gradient_descent_step", timeout=TIMEOUT):
    (folder / f"{name}.py").write_text(text, encoding="utf-8")
    (verdict,) = run(folder, [name], timeout)
    return verdict


def alive(pid):
    """Whether a process runs; a zombie waiting for its parent does not."""
    stat = Path(f"/proc/{pid}/stat")
    try:
        return stat.read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


RIGHT = "def gradient_descent_step(x, g, lr):\n    return x - lr * g\n"
LOOP = "def gradient_descent_step(x, g, lr):\n    while True: pass\n"
IN_FUNCTION = "import os, sys, ctypes\ndef gradient_descent_step(x, g, lr):\n    {}\n"


@pytest.mark.parametrize(
    ("text", "outcome", "says"),
    [
        (RIGHT, "passed", "passed"),
        (LOOP, "timed out", "no verdict after 1.2 s"),
        (IN_FUNCTION.format("ctypes.string_at(0)"), "crashed", "SIGSEGV"),
        (IN_FUNCTION.format("os._exit(0)"), "crashed", "status 0 before the answer was graded"),
        ("import os; print('bye', flush=True); os._exit(0)", "crashed", "it last printed:\nbye"),
        ("import sys; sys.exit(0)", "exited", "calls sys.exit"),
        ("raise SystemExit", "exited", "calls sys.exit"),
        ("import nowhere", "import error", "No module named 'nowhere', in line 1: import nowhere"),
        ("x = 1 / 0", "import error", "ZeroDivisionError: division by zero, in line 1"),
        ("raise KeyboardInterrupt", "import error", "KeyboardInterrupt"),
        ("name = input()", "import error", "EOFError"),
        ("x = 1", "import error", "does not define gradient_descent_step"),
        ("def f(:\n    pass", "syntax error", "in line 1: def f(:"),
        ("\x00", "syntax error", "null bytes"),
        (IN_FUNCTION.format("sys.exit(0)"), "failed", "calls sys.exit"),
        (IN_FUNCTION.format("return input()"), "failed", "EOFError"),
        ("gradient_descent_step = 3", "failed", "A function is asked for"),
    ],
)
def test_each_way_to_fail_is_called_by_its_name(tmp_path, text, outcome, says):
    verdict = verdict_on(tmp_path, text)
    assert verdict.outcome == outcome, verdict
    assert says in verdict.message


def test_a_file_that_is_no_text_is_an_error_of_the_file(tmp_path):
    (tmp_path / "gradient_descent_step.py").write_bytes(b"\xff\xfe\x00print()")
    (verdict,) = run(tmp_path, ["gradient_descent_step"], TIMEOUT)
    assert verdict.outcome == "syntax error"


def test_megabytes_of_output_neither_block_nor_fake_a_verdict(tmp_path):
    forged = '{"result": {"status": "passed"}}'
    noise = f"import os\nprint('x' * 30_000_000)\nprint({forged!r})\n"
    assert verdict_on(tmp_path, noise + RIGHT, timeout=5).outcome == "passed"
    verdict = verdict_on(tmp_path, noise + "os._exit(0)", timeout=5)
    assert verdict.outcome == "crashed"
    assert len(verdict.message) < 1000


def test_a_fork_gives_one_verdict(tmp_path):
    text = "import os\npid = os.fork()\nif pid == 0:\n    gradient_descent_step = None\nelse:\n"
    text += "    os.waitpid(pid, 0)\n    def gradient_descent_step(x, g, lr): return x - lr * g\n"
    assert verdict_on(tmp_path, text).outcome == "passed"


@LINUX
def test_what_the_file_has_started_is_killed_with_it(tmp_path):
    start = "import subprocess, sys\n"
    start += "p = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)'])\n"
    start += f"open({str(tmp_path / 'pid')!r}, 'w').write(str(p.pid))\n"
    for text, outcome in ((start + RIGHT, "passed"), (start + LOOP, "timed out")):
        begun = time.monotonic()
        assert verdict_on(tmp_path, text).outcome == outcome
        assert time.monotonic() - begun < TIMEOUT + 2
        pid = int((tmp_path / "pid").read_text())
        deadline = time.monotonic() + 2
        while alive(pid) and time.monotonic() < deadline:
            time.sleep(0.01)
        assert not alive(pid)


def test_a_process_that_leaves_the_group_does_not_hold_up_the_verdict(tmp_path):
    text = "import subprocess, sys\nsubprocess.Popen([sys.executable, '-c', "
    text += "'import time; time.sleep(6)'], start_new_session=True)\n"
    begun = time.monotonic()
    assert verdict_on(tmp_path, text + RIGHT).outcome == "passed"
    assert time.monotonic() - begun < 5


def test_threads_and_exit_handlers_do_not_hold_up_the_verdict(tmp_path):
    text = "import atexit, threading, time\natexit.register(time.sleep, 60)\n"
    text += "threading.Thread(target=time.sleep, args=(60,)).start()\n"
    assert verdict_on(tmp_path, text + RIGHT).outcome == "passed"


def test_files_beside_hide_no_module_and_can_be_imported(tmp_path):
    for name in ("json", "numpy", "gdlib"):
        (tmp_path / f"{name}.py").write_text("raise ImportError('hidden')")
    (tmp_path / "mine.py").write_text("rate = 1.0")
    assert verdict_on(tmp_path, "import json, numpy, mine\n" + RIGHT).outcome == "passed"
    assert not (tmp_path / "__pycache__").exists()


def test_a_notebook_cell_pasted_as_it_is_counts_no_try_of_its_own(tmp_path, state):
    text = "from gdlib import check\n" + RIGHT.replace("-", "+") + "check(gradient_descent_step)\n"
    assert verdict_on(tmp_path, text).result.mistake == "uphill"
    assert not state.exists()


def test_a_missing_file_is_not_attempted(tmp_path):
    (verdict,) = run(tmp_path, ["adam_step"], TIMEOUT)
    assert (verdict.outcome, verdict.message) == (
        "not attempted",
        "adam_step: not attempted yet.",
    )


def test_two_run_at_once_and_endless_ones_do_not_hold_up_the_rest(tmp_path):
    names = ["adam_step", "momentum_step", "gradient_descent_step"]
    (tmp_path / "adam_step.py").write_text("while True: pass")
    (tmp_path / "momentum_step.py").write_text("while True: print('more')")
    (tmp_path / "gradient_descent_step.py").write_text(RIGHT)
    begun = time.monotonic()
    outcomes = {v.exercise: v.outcome for v in run(tmp_path, names, TIMEOUT)}
    assert outcomes == dict(zip(names, ["timed out", "timed out", "passed"], strict=True))
    assert time.monotonic() - begun < 2 * TIMEOUT + 1


@LINUX
def test_an_interrupt_leaves_nothing_running(tmp_path):
    file = tmp_path / "gradient_descent_step.py"
    pid = tmp_path / "pid"
    file.write_text(
        f"import os, time\nopen({str(pid)!r}, 'w').write(str(os.getpid()))\ntime.sleep(60)"
    )
    (tmp_path / "adam_step.py").write_text("x = 1")
    verdicts = run(tmp_path, ["gradient_descent_step", "adam_step"], 30)
    assert next(verdicts).exercise == "adam_step"
    while not (pid.exists() and pid.read_text()):
        time.sleep(0.01)
    verdicts.close()
    assert not alive(int(pid.read_text()))


def test_a_mistake_is_named_in_the_file_as_in_the_notebook(tmp_path):
    verdict = verdict_on(tmp_path, RIGHT.replace("-", "+"))
    assert verdict.outcome == "failed"
    assert verdict.result == grade("gradient_descent_step", lambda x, g, lr: x + lr * g)
