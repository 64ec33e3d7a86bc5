"""Schedule-Free AdamW: the three points of the theory."""

import numpy as np

from gdlib.objective import quadratic
from gdlib.optim import schedule_free_adamw as rule


def test_mean_is_the_weighted_mean_of_all_z_and_x_lies_between():
    x = np.array([-2.5, 1.2])
    state, zs, weights = rule.init(x), [], []
    for t in range(1, 40):
        x, state = rule.step(x, quadratic.gradient(x), state, lr=0.05, warmup=10)
        zs.append(state.z)
        weights.append((0.05 * min(1, t / 10)) ** 2)
        mean = np.average(zs, axis=0, weights=weights)
        np.testing.assert_allclose(state.x_bar, mean, rtol=1e-10)
        np.testing.assert_allclose(x, 0.1 * state.z + 0.9 * mean, rtol=1e-10)


def test_mean_of_a_long_run_is_closer_to_the_minimum_than_z():
    x = np.array([-2.5, 1.2])
    state = rule.init(x)
    rng = np.random.default_rng(0)
    distances = []
    for _ in range(2000):
        g = quadratic.gradient(x) + rng.standard_normal(2)
        x, state = rule.step(x, g, state, lr=0.05)
        distances.append([np.linalg.norm(state.z), np.linalg.norm(state.x_bar)])
    z, mean = np.mean(distances[1000:], axis=0)
    assert mean < 0.5 * z


def test_state_does_not_share_memory_with_x():
    x = np.ones(2)
    state = rule.init(x)
    assert not np.shares_memory(state.z, x)
    assert not np.shares_memory(state.x_bar, state.z)
