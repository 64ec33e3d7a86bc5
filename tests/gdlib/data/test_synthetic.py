"""Synthetic tasks have the shapes, the answers and the baselines that they claim."""

import numpy as np
import pytest

from gdlib.data import adding_problem, copy_memory, sparse_features, spirals, two_moons

TASKS = [adding_problem, copy_memory, sparse_features, spirals, two_moons]


@pytest.mark.parametrize("task", TASKS)
def test_a_seed_gives_one_draw_and_another_seed_another(task):
    (x, y), (x2, y2), (x3, _) = task(30, seed=1), task(30, seed=1), task(30, seed=2)
    assert x.tobytes() == x2.tobytes()
    assert y.tobytes() == y2.tobytes()
    assert x.tobytes() != x3.tobytes()
    assert len(x) == len(y) == 30


@pytest.mark.parametrize("task", [adding_problem, sparse_features, spirals, two_moons])
def test_float32_is_the_same_draw_rounded(task):
    (x, y), (x32, y32) = task(30, seed=1), task(30, seed=1, dtype=np.float32)
    assert x.dtype == np.float64
    assert x32.dtype == np.float32
    np.testing.assert_array_equal(x32, x.astype(np.float32))
    np.testing.assert_allclose(y32, y, rtol=1e-5)


def test_moons_are_half_circles_equally_often():
    x, y = two_moons(101, noise=0)
    assert x.shape == (101, 2)
    assert np.bincount(y).tolist() == [51, 50]
    np.testing.assert_allclose(np.hypot(*x[y == 0].T), 1)
    np.testing.assert_allclose(np.hypot(x[y == 1, 0] - 1, x[y == 1, 1] - 0.5), 1)
    assert x[y == 0, 1].min() > -1e-12
    assert x[y == 1, 1].max() < 0.5 + 1e-12
    assert y[:51].any()  # the order is random


def test_noise_has_the_deviation_asked_for():
    for task in (two_moons, spirals):
        difference = task(4000, noise=0.3, seed=5)[0] - task(4000, noise=0, seed=5)[0]
        np.testing.assert_allclose(difference.std(axis=0), 0.3, rtol=0.05)


def test_each_arm_of_the_spirals_turns_as_far_as_asked():
    x, y = spirals(301, classes=4, turns=0.5, noise=0)
    assert np.bincount(y).tolist() == [76, 75, 75, 75]
    r = np.hypot(*x.T)
    angle = np.arctan2(x[:, 1], x[:, 0])
    expected = 2 * np.pi * (y / 4 + 0.5 * r)
    away = r > 0
    np.testing.assert_allclose(np.exp(1j * angle)[away], np.exp(1j * expected)[away], atol=1e-12)
    assert r.max() == pytest.approx(1)


@pytest.mark.parametrize("length", [2, 3, 50])
def test_the_adding_problem_asks_for_the_sum_of_the_two_marked_numbers(length):
    x, y = adding_problem(200, length, seed=3)
    assert x.shape == (200, length, 2)
    assert y.shape == (200, 1)
    for sequence, target in zip(x, y, strict=True):
        first, second = np.flatnonzero(sequence[:, 1])
        assert first < length // 2 <= second
        assert sequence[first, 1] == sequence[second, 1] == 1
        assert target[0] == pytest.approx(sequence[first, 0] + sequence[second, 0], rel=1e-15)
    assert x[..., 0].min() >= 0
    assert x[..., 0].max() < 1


def test_marks_reach_every_place_of_their_half():
    x, _ = adding_problem(2000, 9)
    assert (x[..., 1].sum(axis=0) > 200).all()


def test_answering_one_has_a_mean_squared_error_of_a_sixth():
    _, y = adding_problem(20_000, 4)
    assert np.mean((y - 1) ** 2) == pytest.approx(1 / 6, rel=0.03)


def test_copy_memory_asks_for_the_word_after_the_mark():
    x, y = copy_memory(50, delay=7, length=3, symbols=4)
    assert x.shape == y.shape == (50, 13)
    assert x.dtype == y.dtype == np.int64
    assert (x[:, :3] < 4).all()
    assert (x[:, 3:9] == 4).all()
    assert (x[:, 9] == 5).all()
    assert (x[:, 10:] == 4).all()
    assert (y[:, :10] == 4).all()
    np.testing.assert_array_equal(y[:, 10:], x[:, :3])
    assert np.eye(6)[x].shape == (50, 13, 6)


def test_rarer_features_are_present_as_often_as_promised_and_the_weights_alternate():
    x, y = sparse_features(20_000, d=8, common=0.6, decay=1, noise=0.1, seed=0)
    present = 0.6 / np.arange(1, 9)
    deviation = np.sqrt(present * (1 - present) / 20_000)
    assert (np.abs((x != 0).mean(axis=0) - present) < 5 * deviation).all()
    weights, residual, *_ = np.linalg.lstsq(x, y)
    np.testing.assert_allclose(weights, [1, -1] * 4, atol=0.02)
    assert np.sqrt(residual[0] / 20_000) == pytest.approx(0.1, rel=0.03)


@pytest.mark.parametrize(
    ("task", "arguments", "said"),
    [
        (two_moons, {"n": 1}, "n must be at least 2, got 1"),
        (two_moons, {"noise": -0.1}, "noise must be at least 0, got -0.1"),
        (two_moons, {"noise": float("nan")}, "noise must be at least 0, got nan"),
        (spirals, {"classes": 1}, "classes must be at least 2, got 1"),
        (spirals, {"n": 2}, "n must be at least 3, got 2"),
        (adding_problem, {"n": 0}, "n must be at least 1, got 0"),
        (adding_problem, {"length": 1}, "length must be at least 2, got 1"),
        (copy_memory, {"delay": 0}, "delay must be at least 1, got 0"),
        (copy_memory, {"symbols": 1}, "symbols must be at least 2, got 1"),
        (sparse_features, {"d": 0}, "d must be at least 1, got 0"),
        (sparse_features, {"common": 0}, "common is a probability above 0, got 0"),
        (sparse_features, {"common": 1.5}, "common is a probability above 0, got 1.5"),
    ],
)
def test_sizes_that_make_no_task_are_refused(task, arguments, said):
    with pytest.raises(ValueError, match=said):
        task(**arguments)
