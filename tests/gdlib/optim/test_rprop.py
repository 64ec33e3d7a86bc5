"""Rprop: lengths grow, shrink, pause and stay in bounds."""

import numpy as np

from gdlib.optim import rprop


def walk(gradients, **hyper):
    x, state, xs, lengths = np.zeros(1), rprop.init(np.zeros(1)), [0.0], []
    for g in gradients:
        x, state = rprop.step(x, np.array([g]), state, **hyper)
        xs.append(float(x[0]))
        lengths.append(float(state.d[0]))
    return np.diff(xs), lengths


def test_first_step_has_length_lr_and_later_ones_grow_while_the_sign_stays():
    moves, lengths = walk([3.0, 0.2, 1e6], lr=0.1)
    np.testing.assert_allclose(lengths, [0.1, 0.12, 0.144])
    np.testing.assert_allclose(moves, [-0.1, -0.12, -0.144])


def test_where_the_sign_turns_the_length_halves_and_x_waits_one_step():
    moves, lengths = walk([1.0, -1.0, -1.0, -1.0], lr=0.1)
    np.testing.assert_allclose(lengths, [0.1, 0.05, 0.05, 0.06])
    np.testing.assert_allclose(moves, [-0.1, 0.0, 0.05, 0.06])


def test_lengths_stay_in_bounds():
    _, lengths = walk([1.0] * 30, lr=0.1, d_max=0.5)
    assert max(lengths) == 0.5
    _, lengths = walk([1.0, -1.0, 1.0, -1.0] * 20, lr=0.1, d_min=0.01)
    assert min(lengths) == 0.01


def test_lr_matters_at_the_first_step_only():
    x, state = rprop.step(np.zeros(1), np.ones(1), rprop.init(np.zeros(1)), lr=0.1)
    later = [rprop.step(x, np.ones(1), state, lr=lr)[0] for lr in (0.1, 7.0)]
    assert later[0] == later[1]
