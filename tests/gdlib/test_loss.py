"""Losses against torch, finite differences and hand-computed values."""

import warnings

import numpy as np
import pytest
import torch
from torch.nn import functional

from gdlib.autograd import Tape, Tensor, count_operations, value_and_gradient
from gdlib.gradient import check_gradient
from gdlib.loss import binary_cross_entropy, huber, mae, mse, softmax_cross_entropy

RNG = np.random.default_rng(0)
REGRESSION = {
    "mse": (mse, functional.mse_loss),
    "mae": (mae, functional.l1_loss),
    "huber": (huber, functional.huber_loss),
    "huber(0.3)": (
        lambda y, t: huber(y, t, delta=0.3),
        lambda y, t: functional.huber_loss(y, t, delta=0.3),
    ),
    "binary": (binary_cross_entropy, functional.binary_cross_entropy_with_logits),
}


def agree(ours, theirs, x):
    """Value and gradient by x as torch has them, and by finite differences."""
    there = torch.tensor(x, requires_grad=True)
    expected = theirs(there)
    expected.backward()
    value, g = value_and_gradient(ours, x)
    assert value == pytest.approx(expected.item(), rel=1e-12)
    np.testing.assert_allclose(g, there.grad.numpy(), rtol=1e-10, atol=1e-14)
    assert check_gradient(ours, lambda x: g, x).error <= 1e-6


@pytest.mark.parametrize("name", REGRESSION)
@pytest.mark.parametrize("shape", [(7,), (5, 1), (3, 4, 2)])
def test_losses_of_all_elements_agree_with_torch(name, shape):
    ours, theirs = REGRESSION[name]
    x, t = RNG.normal(size=shape) * 2, RNG.uniform(size=shape)
    agree(lambda y: ours(y, t), lambda y: theirs(y, torch.tensor(t)), x)


@pytest.mark.parametrize("name", ["mse", "mae", "huber"])
def test_the_target_has_the_opposite_gradient(name):
    loss = REGRESSION[name][0]
    y, t = Tensor(RNG.normal(size=(4, 3))), Tensor(RNG.normal(size=(4, 3)))
    with Tape() as tape:
        value = loss(y, t)
    by_y, by_t = tape.gradient(value, [y, t])
    np.testing.assert_array_equal(by_t, -by_y)
    assert check_gradient(lambda t: loss(y.data, t), lambda _: by_t, t.data).error <= 1e-6


def test_losses_of_three_errors_by_hand():
    y, t = np.array([0.5, -3.0, 2.0]), np.array([0.0, 0.0, 2.0])
    assert mse(y, t) == pytest.approx((0.25 + 9) / 3)
    assert mae(y, t) == pytest.approx(3.5 / 3)
    assert huber(y, t) == pytest.approx((0.125 + 2.5) / 3)
    assert value_and_gradient(lambda y: 3 * mae(y, t), y)[1].tolist() == [1, -1, 0]
    assert value_and_gradient(lambda y: 3 * huber(y, t), y)[1] == pytest.approx([0.5, -1, 0])


@pytest.mark.parametrize("name", REGRESSION)
@pytest.mark.parametrize("kind", [int, np.float64])
def test_a_target_of_another_type_leaves_float32_float32(name, kind):
    loss = REGRESSION[name][0]
    x = Tensor(RNG.normal(size=4).astype(np.float32))
    with Tape() as tape:
        value = loss(x, np.array([0, 1, 1, 0], kind))
    assert value.dtype == tape.gradient(value, x).dtype == np.float32
    assert loss(np.array([2, 1]), np.array([0.5, 0.5])) == loss(np.array([2.0, 1]), np.full(2, 0.5))


def test_the_arithmetic_of_a_loss_can_be_counted():
    y, t = RNG.normal(size=(2, 20))
    assert count_operations(lambda y: mse(y, t), y) == 3 * 20
    assert count_operations(lambda y: huber(y, t), y) > 3 * 20


@pytest.mark.parametrize("name", REGRESSION)
@pytest.mark.parametrize(("shape", "other"), [((4, 1), (4,)), ((4, 3), (3,)), ((4,), ())])
def test_shapes_that_would_broadcast_are_refused(name, shape, other):
    with pytest.raises(ValueError, match="they must be equal; reshape one"):
        REGRESSION[name][0](np.ones(shape), np.ones(other))


@pytest.mark.parametrize("delta", [0, -1.0, np.nan])
def test_huber_refuses_a_delta_that_is_not_positive(delta):
    with pytest.raises(ValueError, match="delta must be positive, got"):
        huber(np.ones(2), np.ones(2), delta=delta)


def test_labels_of_two_classes_may_be_integers_or_booleans():
    z, labels = RNG.normal(size=6), np.array([0, 1, 1, 0, 1, 0])
    values = {float(binary_cross_entropy(z, labels.astype(kind))) for kind in (int, bool, float)}
    assert len(values) == 1


@pytest.mark.parametrize("target", [-0.1, 1.5, 2, np.nan])
def test_binary_targets_outside_0_1_are_refused(target):
    with pytest.raises(ValueError, match=r"targets must lie in \[0, 1\], got"):
        binary_cross_entropy(np.zeros(2), np.array([0, target]))


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_binary_cross_entropy_of_extreme_logits(dtype):
    z = np.array([1e3, 1e3, -1e3, -1e3, 40], dtype)
    t = np.array([1, 0, 1, 0, 1])
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        each = [float(binary_cross_entropy(z[i : i + 1], t[i : i + 1])) for i in range(5)]
        with Tape() as tape:
            x = Tensor(z)
            value = binary_cross_entropy(x, t)
        g = tape.gradient(value, x)
    assert each == pytest.approx([0, 1e3, 1e3, 0, np.exp(-40)], rel=1e-6)
    assert value.dtype == g.dtype == dtype
    assert (5 * g)[:4].tolist() == [0, 1, -1, 0]


# The softmax cross-entropy.

N, K = 6, 4
LABELS = np.array([0, 3, 1, 1, 2, 0])
PROBABILITIES = RNG.dirichlet(np.ones(K), size=N)


@pytest.mark.parametrize("smoothing", [0.0, 0.1, 1.0])
@pytest.mark.parametrize("targets", ["indices", "probabilities"])
def test_cross_entropy_agrees_with_torch(smoothing, targets):
    t = LABELS if targets == "indices" else PROBABILITIES
    agree(
        lambda z: softmax_cross_entropy(z, t, smoothing=smoothing),
        lambda z: functional.cross_entropy(z, torch.tensor(t), label_smoothing=smoothing),
        RNG.normal(size=(N, K)) * 3,
    )


@pytest.mark.parametrize("smoothing", [0.0, 0.1])
@pytest.mark.parametrize("targets", ["indices", "probabilities"])
def test_sequences_have_the_classes_on_the_last_axis(smoothing, targets):
    if targets == "indices":
        t = RNG.integers(0, K, (3, 5))
        theirs = torch.tensor(t)
    else:
        t = RNG.dirichlet(np.ones(K), size=(3, 5))
        theirs = torch.tensor(t).movedim(-1, 1)
    agree(
        lambda z: softmax_cross_entropy(z, t, smoothing),
        lambda z: functional.cross_entropy(z.movedim(-1, 1), theirs, label_smoothing=smoothing),
        RNG.normal(size=(3, 5, K)),
    )


def test_one_sample_needs_no_batch_axis():
    z = RNG.normal(size=K)
    agree(
        lambda z: softmax_cross_entropy(z, 2),
        lambda z: functional.cross_entropy(z, torch.tensor(2)),
        z,
    )


def test_one_hot_rows_and_indices_are_the_same_loss():
    z = RNG.normal(size=(N, K))
    by_index = value_and_gradient(lambda z: softmax_cross_entropy(z, LABELS), z)
    for kind in (float, int, bool):
        hot = np.eye(K)[LABELS].astype(kind)
        by_row = value_and_gradient(lambda z, hot=hot: softmax_cross_entropy(z, hot), z)
        assert by_row[0] == pytest.approx(by_index[0], rel=1e-14)
        np.testing.assert_allclose(by_row[1], by_index[1], atol=1e-16)


def test_equal_logits_cost_ln_k_and_adding_a_number_to_a_row_changes_nothing():
    assert softmax_cross_entropy(np.zeros((N, K)), LABELS) == pytest.approx(np.log(K))
    z = RNG.normal(size=(N, K))
    moved = z + np.arange(N)[:, None] * 100
    assert softmax_cross_entropy(moved, LABELS) == pytest.approx(softmax_cross_entropy(z, LABELS))


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("smoothing", [0.0, 0.1])
def test_cross_entropy_of_extreme_logits(dtype, smoothing):
    z = np.array([[1e3, -1e3], [1e3, -1e3]], dtype)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with Tape() as tape:
            x = Tensor(z)
            value = softmax_cross_entropy(x, np.array([0, 1]), smoothing)
        g = tape.gradient(value, x)
    assert value.item() == pytest.approx(1e3)
    assert value.dtype == g.dtype == dtype
    half = smoothing / 2
    np.testing.assert_allclose(2 * g, [[half, -half], [1 - half, half - 1]], rtol=1e-6)


@pytest.mark.parametrize("targets", [LABELS, LABELS.astype(np.uint8), PROBABILITIES])
def test_float32_stays_float32(targets):
    x = Tensor(RNG.normal(size=(N, K)).astype(np.float32))
    with Tape() as tape:
        value = softmax_cross_entropy(x, targets, smoothing=np.float64(0.1))
    assert value.dtype == tape.gradient(value, x).dtype == np.float32


def test_logits_in_columns_first_order_are_not_mixed_up():
    z = RNG.normal(size=(N, K))
    expected = value_and_gradient(lambda z: softmax_cross_entropy(z, LABELS), z)
    found = value_and_gradient(lambda z: softmax_cross_entropy(z, LABELS), np.asfortranarray(z))
    assert found[0] == expected[0]
    np.testing.assert_array_equal(found[1], expected[1])


@pytest.mark.parametrize("labels", [[0, -1], [0, 4]])
@pytest.mark.parametrize("smoothing", [0.0, 0.1])
def test_labels_out_of_range_are_refused(labels, smoothing):
    message = r"must lie in 0 … 3 for 4 classes, got (-1 to 0|0 to 4)"
    with pytest.raises(ValueError, match=message):
        softmax_cross_entropy(np.zeros((2, 4)), labels, smoothing)


def test_labels_of_another_shape_are_refused():
    with pytest.raises(ValueError, match=r"of shape \(2,\) or .* \(2, 4\), got .* \(2, 1\)"):
        softmax_cross_entropy(np.zeros((2, 4)), np.zeros((2, 1), int))


def test_labels_that_are_not_integers_are_refused():
    with pytest.raises(TypeError, match=r"integers, got float64; pass labels.astype\(int\)"):
        softmax_cross_entropy(np.zeros((2, 4)), np.zeros(2))


@pytest.mark.parametrize("row", [[0.5, 0.2], [1.5, -0.5], [np.nan, 1.0]])
def test_rows_that_are_no_probabilities_are_refused(row):
    with pytest.raises(ValueError, match="must be at least 0 and sum to 1; the least is"):
        softmax_cross_entropy(np.zeros((1, 2)), np.array([row]))


@pytest.mark.parametrize("smoothing", [-0.1, 1.1, np.nan])
def test_smoothing_outside_0_1_is_refused(smoothing):
    with pytest.raises(ValueError, match="smoothing must lie between 0 and 1, got"):
        softmax_cross_entropy(np.zeros((2, 4)), [0, 1], smoothing)
