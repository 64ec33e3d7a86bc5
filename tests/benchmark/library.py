"""What the library costs: a sweep against loops over runs, and ``import gdlib``.

Run it with ``python tests/benchmark/library.py [FILE.json]``. Each figure is the median of
interleaved repetitions in one process, one thread; the import is measured in fresh processes.
"""

import os
import statistics
import subprocess
import sys
import time

os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np
from runner import record

from gdlib.descent import descend
from gdlib.objective import rosenbrock
from gdlib.optim import adam

RUNS, STEPS, SAMPLE, REPEATS = 1000, 500, 20, 7
LRS = np.geomspace(1e-4, 1e-1, RUNS)


def broadcast():
    """All runs at once."""
    descend(rosenbrock, rosenbrock.start, adam, STEPS, lr=LRS)


def loop_over_descend():
    """A call of ``descend`` for each of a sample of the runs."""
    for lr in LRS[:: RUNS // SAMPLE]:
        descend(rosenbrock, rosenbrock.start, adam, STEPS, lr=float(lr))


def bare_loop():
    """The shortest Python loop there is: the rule's own step, nothing recorded."""
    start = np.array(rosenbrock.start)
    for lr in LRS[:: RUNS // SAMPLE]:
        x, state = start, adam.init(start)
        for _ in range(STEPS):
            x, state = adam.step(x, rosenbrock.gradient(x), state, lr=float(lr))


def seconds(function):
    """Time one call."""
    begin = time.perf_counter()
    function()
    return time.perf_counter() - begin


def import_seconds():
    """Time ``import gdlib`` in a fresh process that has NumPy already."""
    clock = "time.perf_counter()"
    script = f"import time, numpy; t = {clock}; import gdlib; print({clock} - t)"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, check=True)
    return float(done.stdout)


def main():
    """Measure, print a table, write JSON where asked."""
    loops = {"broadcast": [], "loop over descend": [], "bare loop over steps": []}
    imports = []
    for _ in range(REPEATS):
        loops["broadcast"].append(seconds(broadcast))
        loops["loop over descend"].append(seconds(loop_over_descend) * RUNS / SAMPLE)
        loops["bare loop over steps"].append(seconds(bare_loop) * RUNS / SAMPLE)
        imports.append(import_seconds())
    times = {**loops, "import gdlib": imports}
    median = {name: statistics.median(seconds) for name, seconds in times.items()}
    print(f"{RUNS} runs of Adam on Rosenbrock, {STEPS} steps each")
    for name in loops:
        ratio = median[name] / median["broadcast"]
        print(f"  {name:22s} {1e3 * median[name]:9.1f} ms   {ratio:6.1f} ×")
    print(f"import gdlib on top of NumPy: {1e3 * median['import gdlib']:.1f} ms")
    record({"median_seconds": median}, "numpy")


if __name__ == "__main__":
    main()
