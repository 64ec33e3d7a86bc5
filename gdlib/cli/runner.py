"""Run the exercises of a folder, two at a time, each in a process that can be killed."""

import contextlib
import json
import os
import secrets
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections import deque
from dataclasses import dataclass
from pathlib import Path

import gdlib
from gdlib.exercises import load
from gdlib.grade import Result
from gdlib.grade.result import not_attempted

AT_ONCE = 2
_POLL = 0.01  # seconds
_TAIL = 20  # lines of output that are kept


@dataclass(frozen=True)
class Verdict:
    """What became of one exercise.

    outcome: "passed", "failed", "not attempted", "import error", "syntax error", "exited",
        "crashed" or "timed out".
    result: the Result, where the answer could be graded, else None.
    message: what happened, where it could not.
    seconds: how long it took.
    """

    exercise: str
    outcome: str
    result: Result | None
    message: str
    seconds: float


def run(folder, names, timeout):
    """Yield a Verdict for each exercise of ``names``, in the order in which they finish."""
    waiting, running = deque(names), []
    with tempfile.TemporaryDirectory(prefix="gdlib-") as scratch:
        try:
            while waiting or running:
                while waiting and len(running) < AT_ONCE:
                    name = waiting.popleft()
                    file = folder / f"{name}.py"
                    if file.exists():
                        running.append(_Attempt(name, file.resolve(), Path(scratch), timeout))
                    else:
                        result = not_attempted(load(name))
                        yield Verdict(name, result.status, result, result.message, 0.0)
                for attempt in [a for a in running if a.over()]:
                    running.remove(attempt)
                    yield attempt.verdict()
                if running:
                    time.sleep(_POLL)
        finally:
            for attempt in running:
                attempt.kill()


class _Attempt:
    """A running worker and what is known of it."""

    def __init__(self, name, file, scratch, timeout):
        self.name, self.timeout, self.start = name, timeout, time.monotonic()
        self.nonce, self.answer = secrets.token_hex(16), scratch / secrets.token_hex(16)
        self.timed_out = False
        self.output = deque(maxlen=_TAIL)
        root = str(Path(gdlib.__file__).parents[1])
        path = os.pathsep.join(filter(None, [root, os.environ.get("PYTHONPATH")]))
        environment = {
            "OMP_NUM_THREADS": "1",
            **os.environ,
            "PYTHONPATH": path,
            "PYTHONUTF8": "1",
            "GDLIB_STATE": str(scratch / "progress.json"),  # a check() in the file counts nothing
        }
        # -P: the learner's folder does not come first, so a file json.py there hides nothing.
        self.process = subprocess.Popen(
            [sys.executable, "-P", "-B", "-m", "gdlib.cli.worker"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            cwd=file.parent,
            env=environment,
            start_new_session=True,
        )
        request = {"name": name, "file": str(file), "nonce": self.nonce}
        request["verdict"] = str(self.answer)
        # A pipe is broken when the worker has died already, which verdict() reports.
        with contextlib.suppress(BrokenPipeError), self.process.stdin as stream:
            stream.write(json.dumps(request).encode() + b"\n")
        self.reader = threading.Thread(target=self._read, daemon=True)
        self.reader.start()

    def _read(self):
        """Keep the end of the output, however much there is."""
        with self.process.stdout as stream:
            while line := stream.readline(4096):
                self.output.append(line)

    def over(self):
        """Whether the worker has ended or run out of time; then nothing of it is left running."""
        if self.process.poll() is None:
            self.timed_out = time.monotonic() - self.start > self.timeout
            if not self.timed_out:
                return False
        self.kill()
        return True

    def kill(self):
        """Kill the worker and whatever it has started."""
        if os.name == "nt":
            command = ["taskkill", "/F", "/T", "/PID", str(self.process.pid)]
            subprocess.run(command, capture_output=True, check=False)
        else:
            with contextlib.suppress(ProcessLookupError):  # when nobody is left in the group
                os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        self.reader.join(timeout=1)

    def verdict(self):
        """What became of it."""
        seconds = time.monotonic() - self.start
        told = self._told()
        if told is None:
            outcome = "timed out" if self.timed_out else "crashed"
            message = f"no verdict after {self.timeout:g} s" if self.timed_out else self._end()
            return Verdict(self.name, outcome, None, message, seconds)
        if "result" in told:
            result = Result.from_json(told["result"])
            return Verdict(self.name, result.status, result, result.message, seconds)
        return Verdict(self.name, told["failure"], None, told["message"], seconds)

    def _told(self):
        """What the worker has written, or None if that is nothing, or not from the worker."""
        if not self.answer.exists():
            return None
        text = self.answer.read_text(encoding="utf-8", errors="replace")
        nonce, _, told = text.partition("\n")
        return json.loads(told) if nonce == self.nonce else None

    def _end(self):
        """How a worker without a verdict has ended."""
        status = self.process.returncode
        if status < 0:
            text = f"the interpreter was killed by {signal.Signals(-status).name}"
        else:
            text = f"the interpreter ended with status {status} before the answer was graded"
        printed = b"".join(self.output).decode(errors="replace").strip()
        return f"{text}; it last printed:\n{printed[-600:]}" if printed else text
