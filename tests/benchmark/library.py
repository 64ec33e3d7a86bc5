"""What the library costs: a sweep against loops over runs and JAX, and ``import gdlib``.

Run it with ``python tests/benchmark/library.py [FILE.json]``; the recorded figures are in
book/benchmarks/library.json. Each is the median of interleaved repetitions in one process, one
thread; loops over runs are timed on a sample of them, the import in fresh processes. The compiled
sweeps return where the runs end; broadcasting keeps their whole paths besides.
"""

import os
import statistics
import subprocess
import sys
import time

os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("NUMBA_NUM_THREADS", "1")
os.environ.setdefault("XLA_FLAGS", "--xla_cpu_multi_thread_eigen=false")

import numpy as np
from runner import record

from gdlib.descent import descend
from gdlib.forms.numba_sweep import sweep
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


def compiled():
    """All runs in Numba's loop."""
    return sweep(rosenbrock, rosenbrock.start, adam, STEPS, lr=LRS).x


def in_jax():
    """All runs in JAX, jit of vmap of a scan in float64; None where JAX is not installed."""
    try:
        import jax
    except ImportError:
        return None
    jax.config.update("jax_enable_x64", True)
    gradient = jax.grad(lambda x: (1 - x[0]) ** 2 + 100 * (x[1] - x[0] ** 2) ** 2)

    def run(lr):
        def step(carry, t):
            x, m, v = carry
            g = gradient(x)
            m, v = 0.9 * m + 0.1 * g, 0.999 * v + (1 - 0.999) * g**2
            m_hat, v_hat = m / (1 - 0.9**t), v / (1 - 0.999**t)
            return (x - lr * m_hat / (jax.numpy.sqrt(v_hat) + 1e-8), m, v), None

        start = jax.numpy.array(rosenbrock.start)
        times = jax.numpy.arange(1.0, STEPS + 1)
        return jax.lax.scan(step, (start, 0 * start, 0 * start), times)[0][0]

    runs = jax.jit(jax.vmap(run))
    return lambda: np.asarray(runs(LRS))


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
    loops = {"broadcast": [], "loop over descend": [], "bare loop over steps": [], "Numba": []}
    imports, jax_sweep = [], in_jax()
    ends = descend(rosenbrock, rosenbrock.start, adam, STEPS, lr=LRS).x[-1]
    np.testing.assert_allclose(compiled(), ends, rtol=1e-9)
    if jax_sweep:
        np.testing.assert_allclose(jax_sweep(), ends, rtol=1e-6)
        loops["JAX, jit of vmap"] = []
    for _ in range(REPEATS):
        loops["Numba"].append(seconds(compiled))
        if jax_sweep:
            loops["JAX, jit of vmap"].append(seconds(jax_sweep))
        loops["broadcast"].append(seconds(broadcast))
        loops["loop over descend"].append(seconds(loop_over_descend) * RUNS / SAMPLE)
        loops["bare loop over steps"].append(seconds(bare_loop) * RUNS / SAMPLE)
        imports.append(import_seconds())
    times = {**loops, "import gdlib": imports}
    median = {name: statistics.median(seconds) for name, seconds in times.items()}
    print(f"{RUNS} runs of Adam on Rosenbrock, {STEPS} steps each")
    for name in loops:
        ratio = median[name] / median["broadcast"]
        print(f"  {name:22s} {1e3 * median[name]:9.1f} ms   {ratio:7.2f} ×")
    print(f"import gdlib on top of NumPy: {1e3 * median['import gdlib']:.1f} ms")
    record(sys.argv[1:], {"median_seconds": median}, "numpy", "numba", "jax", threads=1)


if __name__ == "__main__":
    main()
