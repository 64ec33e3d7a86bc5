"""The compiled loop takes the very steps of the rule in NumPy."""

import os
import subprocess
import sys
import warnings

import numpy as np
import pytest

from gdlib import clip
from gdlib.forms import numba_cache, numba_table
from gdlib.forms.fallback import warn_once
from gdlib.forms.numba_loop import fused_step
from gdlib.forms.numba_source import loop_source
from gdlib.forms.source import SourceError, elementwise_rules
from gdlib.optim import adam, adamw, gradient_descent, lamb, momentum, muon, rprop
from gdlib.rule import hyperparameters, short_name
from gdlib.variant import variant

# Awkward sizes: below, at and above a vector register, beyond a piece, empty.
SHAPES = [(1,), (15,), (16,), (17,), (1023,), (3, 5), (0,), (numba_table.PIECE + 3,)]
RULES = elementwise_rules()


def arrays(dtype="float32", shapes=SHAPES, seed=0):
    rng = np.random.default_rng(seed)
    return [rng.normal(size=shape).astype(dtype) for shape in shapes]


def gradients(step, dtype="float32", shapes=SHAPES):
    """Of a magnitude that changes, with zeros among them."""
    return [g * 10.0 ** (step % 7 - 3) * (abs(g) > 0.1) for g in arrays(dtype, shapes, step + 1)]


def assert_same_state(state, expected):
    for k, each in enumerate(expected):
        for name, value in each._asdict().items():
            np.testing.assert_array_equal(getattr(state[k], name), value, err_msg=name)


@pytest.mark.parametrize("rule", RULES, ids=short_name)
def test_float32_steps_equal_numpys_in_every_bit(rule):
    xs = arrays()
    expected, states = [x.copy() for x in xs], [rule.init(x) for x in xs]
    step = fused_step(rule)
    state = step.init(xs)
    for i in range(50):
        gs = gradients(i)
        step(xs, gs, state)
        for k, g in enumerate(gs):
            expected[k], states[k] = rule.step(expected[k], g, states[k], **hyperparameters(rule))
    for x, e in zip(xs, expected, strict=True):
        assert x.dtype == np.float32
        np.testing.assert_array_equal(x, e)
    assert_same_state(state, states)


@pytest.mark.parametrize("rule", [adam, rprop], ids=short_name)
def test_float64_steps_too_with_hyperparameters_that_change(rule):
    x = arrays("float64", [(100,)])[0]
    expected, old = x.copy(), rule.init(x)
    step = fused_step(rule)
    state = step.init(x)
    for i in range(20):
        [g] = gradients(i, "float64", [(100,)])
        step(x, g, state, lr=0.1 / (i + 1))
        expected, old = rule.step(expected, g, old, lr=0.1 / (i + 1))
    np.testing.assert_array_equal(x, expected)
    assert_same_state(state, [old])


def test_threads_change_no_bit(monkeypatch):
    results = []
    for first in (1, 1 << 60):
        monkeypatch.setattr(numba_table, "PARALLEL_FROM", first)
        xs = arrays()
        step = fused_step(adam)
        state = step.init(xs)
        norms = [step(xs, gradients(i), state, max_norm=1.0) for i in range(5)]
        results.append([*norms, *np.concatenate([x.ravel() for x in xs])])
    assert results[0] == results[1]


def test_a_forked_process_uses_no_threads(monkeypatch):
    table = numba_table.Table(gradient_descent, "float32", [numba_table.PARALLEL_FROM])
    called = []
    monkeypatch.setattr(numba_table, "_process", os.getpid() + 1)
    monkeypatch.setattr(table, "loop", type("", (), {"update": lambda *a: called.append(a)}))
    table.update([0.1])
    assert len(called) == 1


def test_missing_gradients_leave_their_arrays_and_counts_alone():
    xs = arrays(shapes=[(3,), (4,), (5,)])
    expected, states = [x.copy() for x in xs], [adam.init(x) for x in xs]
    step = fused_step(adam)
    state = step.init(xs)
    for i, missing in enumerate([(), (1,), (1, 2), (0, 1, 2), (), (0,)]):
        gs = gradients(i, shapes=[(3,), (4,), (5,)])
        gs = [None if k in missing else g for k, g in enumerate(gs)]
        step(xs, gs, state)
        for k, g in enumerate(gs):
            if g is not None:
                expected[k], states[k] = adam.step(expected[k], g, states[k])
    for x, e in zip(xs, expected, strict=True):
        np.testing.assert_array_equal(x, e)
    assert [state[k].t for k in range(3)] == [4, 3, 4]
    assert_same_state(state, states)


@pytest.mark.parametrize("max_norm", [0.3, 1e9])
def test_clipping_equals_clip_and_returns_the_norm_before(max_norm):
    xs = arrays()
    expected, states = [x.copy() for x in xs], [momentum.init(x) for x in xs]
    step = fused_step(momentum)
    state = step.init(xs)
    for i in range(5):
        gs = gradients(i)
        norm = step(xs, gs, state, max_norm=max_norm)
        clipped = clip.by_global_norm([g for g in gs if g.size], max_norm=max_norm)
        assert norm == pytest.approx(clipped.norm, rel=1e-12)
        left = iter(clipped.gradients)
        for k, g in enumerate(gs):
            expected[k], states[k] = momentum.step(
                expected[k], next(left) if g.size else g, states[k]
            )
    for x, e in zip(xs, expected, strict=True):
        np.testing.assert_allclose(x, e, rtol=1e-6, atol=1e-7)


def test_the_norm_of_many_numbers_is_right():
    # Summed in float32 the small ones vanish beside the sum so far: 1e3 instead of 1049.
    g = np.full(10_000_000, 0.1, np.float32)
    g[0] = 1000
    x = np.zeros_like(g)
    step = fused_step(gradient_descent)
    norm = step(x, g, step.init(x), max_norm=np.inf)
    exact = np.sqrt(1e6 + (len(g) - 1) * float(np.float32(0.1)) ** 2)
    assert norm == pytest.approx(exact, rel=1e-9)


@pytest.mark.parametrize(
    ("dtype", "size", "max_norm"),
    [
        ("float32", 1e-30, 1.0),
        ("float32", 1e-30, 1e-33),
        ("float32", 1e30, 1.0),
        ("float32", 3e38, 1.0),
        ("float64", 1e-200, 1e-210),
        ("float64", 1e200, 1.0),
        ("float64", 1.5e308, 1e300),
    ],
)
def test_extreme_norms_are_clipped_as_by_clip(dtype, size, max_norm):
    g = np.array([3, -4, 0.5] * 9, dtype) / 4 * np.dtype(dtype).type(size)
    x = np.zeros_like(g)
    step = fused_step(gradient_descent)
    norm = step(x, g, step.init(x), lr=1.0, max_norm=max_norm)
    clipped = clip.by_global_norm(g, max_norm=max_norm)
    assert norm == clipped.norm
    np.testing.assert_allclose(x, -clipped.gradients, rtol=3e-7, atol=0)
    assert np.abs(x).max() > 0


@pytest.mark.parametrize("rule", [adam, lamb], ids=short_name)
@pytest.mark.filterwarnings("ignore:lamb has no fused form")
def test_a_gradient_that_is_not_finite_raises_or_is_skipped_and_changes_nothing(rule):
    xs = arrays(shapes=[(3,), (4,)])
    step = fused_step(rule)
    state = step.init(xs)
    step(xs, gradients(0, shapes=[(3,), (4,)]), state)
    before = [x.copy() for x in xs], [[np.copy(v) for v in state[k]] for k in range(2)]
    gs = gradients(1, shapes=[(3,), (4,)])
    gs[1][2] = np.nan
    with pytest.raises(FloatingPointError, match=r"gradient of array 1 has 1 NaN and 0 infinite"):
        step(xs, gs, state, max_norm=1.0)
    assert np.isnan(step(xs, gs, state, max_norm=1.0, nonfinite="skip"))
    np.testing.assert_equal(before, (xs, [[np.copy(v) for v in state[k]] for k in range(2)]))
    assert (state.skipped, state[0].t) == (1, 1)
    with pytest.raises(FloatingPointError, match="the gradient has 1 NaN"):
        step(xs[1], gs[1], step.init(xs[1]), max_norm=1.0)


def test_a_gradient_that_is_not_contiguous_is_read_rightly():
    x, g = np.zeros((3, 4), np.float32), np.arange(12, dtype=np.float32).reshape(4, 3)
    step = fused_step(gradient_descent)
    state = step.init(x)
    step(x, g.T, state, lr=1.0)
    g += 1
    step(x, g.T, state, lr=1.0)
    np.testing.assert_array_equal(x, -(2 * g.T - 1))


def test_tensors_on_the_cpu_change_in_place():
    torch = pytest.importorskip("torch")
    xs = [torch.ones(3, requires_grad=True), torch.ones(2, 2)]
    step = fused_step(adam)
    state = step.init(xs)
    for _ in range(2):
        step(xs, [torch.full((3,), 2.0), torch.ones(2, 2)], state, lr=0.1, max_norm=1.0)
        xs[1].data = xs[1].data.clone()  # to other memory
    for x in xs:
        torch.testing.assert_close(x.detach(), torch.full_like(x, 0.8).detach())


def test_a_run_goes_on_from_a_state_of_the_rule():
    x, g = arrays(shapes=[(9,), (9,)])
    expected, old = x.copy(), adam.init(x)
    for _ in range(3):
        expected, old = adam.step(expected, g, old)
    x[...] = expected
    step = fused_step(adam)
    state = step.init(x, states=old)
    step(x, g, state)
    np.testing.assert_array_equal(x, adam.step(expected, g, old)[0])
    assert (old.t, state[0].t) == (3, 4)


@pytest.mark.parametrize(("rule", "why"), [(lamb, "its norm is over all"), (muon, "orthogonal")])
def test_a_rule_that_cannot_be_fused_says_why_once_and_works(rule, why):
    warn_once.cache_clear()
    with pytest.warns(UserWarning, match=rf"{short_name(rule)} has no fused form.*{why}"):
        fused_step(rule)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        step = fused_step(rule)
    x, g = arrays("float64", [(4, 3), (4, 3)])
    expected, old = x.copy(), rule.init(x)
    state = step.init(x)
    for _ in range(3):
        norm = step(x, g, state, lr=0.1, max_norm=0.5)
        clipped = clip.by_global_norm(g, max_norm=0.5)
        expected, old = rule.step(expected, clipped.gradients, old, lr=0.1)
        assert norm == clipped.norm
    np.testing.assert_array_equal(x, expected)
    assert_same_state(state, [old])


def test_a_variant_is_compiled_from_its_own_source():
    changed = variant(
        adamw,
        ("beta1 * state.m", "exp(-abs(g)) * state.m"),
        ("g**2", "minimum(abs(g), 2) ** 3"),
        name="odd",
    )
    x, g = arrays("float64", [(50,), (50,)])
    expected, old = x.copy(), changed.init(x)
    step = fused_step(changed)
    state = step.init(x)
    for _ in range(5):
        step(x, g, state)
        expected, old = changed.step(expected, g, old)
    np.testing.assert_allclose(x, expected, rtol=1e-13)


def test_names_that_the_loop_has_for_itself_are_refused():
    with pytest.raises(SourceError, match="must not assign the name _row"):
        loop_source(
            variant(
                momentum, ("v = ", "_row = "), ("lr * v", "lr * _row"), ("State(v)", "State(_row)")
            ),
            "float32",
        )


@pytest.mark.parametrize(
    ("error", "message", "call"),
    [
        (ValueError, "g 0 must have .* shape \\(3,\\), got .*\\(4,\\)", {"g": np.zeros(4)}),
        (ValueError, "must have dtype float64", {"g": np.zeros(3, np.float32)}),
        (ValueError, "one block of memory", {"x": np.zeros(6)[::2]}),
        (TypeError, "float32 and float64, got int", {"g": np.zeros(3, int)}),
        (TypeError, "must be arrays or tensors, got float", {"g": 1.0}),
        (TypeError, "no hyperparameter 'rho'", {"rho": 0.1}),
        (ValueError, "equally many arrays, got 1, 2 and 1", {"g": [np.zeros(3)] * 2}),
        (ValueError, "max_norm must be positive", {"max_norm": -1.0}),
    ],
)
def test_arguments_that_do_not_go_together_are_refused(error, message, call):
    step = fused_step(momentum)
    state = step.init(np.zeros(3))
    with pytest.raises(error, match=message):
        step(**{"x": np.zeros(3), "g": np.zeros(3), "state": state, **call})


def test_what_was_compiled_is_found_by_the_next_process(tmp_path):
    script = (
        "import numpy as np; from gdlib.forms.numba_loop import fused_step;"
        "from gdlib.forms import numba_cache, numba_source; from gdlib.optim import momentum;"
        "step = fused_step(momentum); x = np.ones(3); step(x, x + 0, step.init(x), lr=0.5);"
        "loop = numba_cache.load(numba_source.loop_source(momentum, 'float64'));"
        "print(x[0], sum(loop.update.stats.cache_hits.values()), loop.__file__)"
    )
    outputs = []
    for folder in ("cache", "cache", "file/in/the/way"):
        (tmp_path / "file").write_text("")
        done = subprocess.run(
            [sys.executable, "-c", script],
            env={**os.environ, "GDLIB_CACHE": str(tmp_path / folder)},
            capture_output=True,
            text=True,
            check=True,
        )
        outputs.append(done.stdout.split())
    assert [o[0] for o in outputs] == ["0.5", "0.5", "0.5"]
    assert [o[1] for o in outputs] == ["0", "1", "0"]
    assert outputs[0][2].startswith(str(tmp_path / "cache"))
    assert not outputs[2][2].startswith(str(tmp_path))


def test_without_numba_the_form_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "numba", None)
    with pytest.raises(ImportError, match=r'pip install "gdlib\[fast\]"'):
        fused_step(adam)


def test_the_folder_is_where_the_system_keeps_such_files(monkeypatch):
    monkeypatch.delenv("GDLIB_CACHE", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", "/somewhere")
    assert str(numba_cache.path()) == "/somewhere/gdlib/numba"


def test_a_gradient_that_must_not_be_written_is_read():
    x, g = np.zeros(3), np.ones(3)
    g.flags.writeable = False
    step = fused_step(gradient_descent)
    step(x, g, step.init(x), lr=0.5)
    assert x.tolist() == [-0.5] * 3
