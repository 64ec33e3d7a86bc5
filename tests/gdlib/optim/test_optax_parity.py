"""Rules that PyTorch lacks walk the path of optax.

Needs optax: ``make frameworks`` installs it. Without it these tests are skipped, and the summary
says so.
"""

from importlib.util import find_spec

import numpy as np
import pytest

from gdlib.dialects import DIALECTS
from gdlib.optim import lamb, lion, schedule_free_adamw

pytestmark = pytest.mark.skipif(
    find_spec("optax") is None,
    reason="optax not installed, so three rules unproved: make frameworks",
)


@pytest.fixture(scope="module")
def optax():
    import jax

    jax.config.update("jax_enable_x64", True)
    import optax
    import optax.contrib

    return optax


def compare(transform, rule, tolerance=1e-10, **hyper):
    import jax.numpy as jnp
    import optax

    x = np.linspace(-1, 1, 4)
    theirs = jnp.asarray(x)
    state, kept = rule.init(x), transform.init(theirs)
    rng = np.random.default_rng(0)
    gradients = rng.standard_normal((200, 4))
    gradients[5::17] = 0
    gradients[11::29] *= 1e4
    for g in gradients:
        updates, kept = transform.update(jnp.asarray(g), kept, theirs)
        theirs = optax.apply_updates(theirs, updates)
        x, state = rule.step(x, g, state, **hyper)
        np.testing.assert_allclose(x, np.asarray(theirs), rtol=tolerance, atol=tolerance)


def test_lion(optax):
    compare(optax.lion(0.01, weight_decay=0.1), lion, lr=0.01, weight_decay=0.1)


def test_lamb(optax):
    compare(optax.lamb(0.01, weight_decay=0.1), lamb, lr=0.01, weight_decay=0.1)


def test_schedule_free_adamw(optax):
    transform = optax.contrib.schedule_free_adamw(0.01, weight_decay=0.1)
    compare(transform, schedule_free_adamw, lr=0.01, weight_decay=0.1)


def test_schedule_free_adamw_warms_up_one_step_later_in_optax(optax):
    transform = optax.contrib.schedule_free_adamw(0.01, warmup_steps=20, weight_decay=0.1)
    dialect = DIALECTS["optax"]["schedule_free_adamw"]
    # optax computes the warm-up in float32.
    compare(transform, dialect, tolerance=1e-7, lr=0.01, warmup=20, weight_decay=0.1)
