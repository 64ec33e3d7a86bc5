import numpy as np
import pytest
import torch

from gdlib.autograd import Tape, Tensor
from gdlib.layers import Dropout, Linear, Sequential, SpatialDropout


@pytest.mark.parametrize("layer", [Dropout(0.5), SpatialDropout(0.5)])
def test_evaluation_passes_the_very_same_array(layer):
    x = np.ones((2, 3, 4))
    assert layer.initialize().eval()(x) is x
    tensor = Tensor(x)
    with Tape() as tape:
        assert layer(tensor) is tensor
    assert tape.nodes == []


def test_p_zero_passes_the_very_same_array():
    x = np.ones((2, 3))
    assert Dropout(0)(x) is x


@pytest.mark.parametrize("p", [0.1, 0.5, 0.9])
def test_elements_are_zero_with_probability_p_and_the_mean_is_kept(p):
    n = 200_000
    y = Dropout(p).initialize(seed=0)(np.ones((n // 100, 100)))
    assert set(np.unique(y)) == {0, 1 / (1 - p)}
    spread = np.sqrt(p * (1 - p) / n)
    assert abs((y == 0).mean() - p) < 4 * spread
    assert abs(y.mean() - 1) < 4 * spread / (1 - p)


@pytest.mark.parametrize(("axis", "shape"), [(1, (50, 8, 3, 4)), (1, (50, 8, 5)), (-1, (50, 5, 8))])
def test_spatial_dropout_drops_whole_channels_of_each_example(axis, shape):
    y = SpatialDropout(0.5, axis).initialize(seed=0)(np.ones(shape))
    channels = np.moveaxis(y, axis, 1).reshape(50, 8, -1)
    assert (channels == channels[:, :, :1]).all()
    assert set(np.unique(y)) == {0, 2}
    assert 150 < (channels[:, :, 0] == 0).sum() < 250
    assert (channels[0, :, 0] != channels[1, :, 0]).any()


@pytest.mark.parametrize("layer", [Dropout(0.3), SpatialDropout(0.3)])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_the_gradient_passes_where_the_value_did(layer, dtype):
    x = Tensor(np.random.default_rng(0).standard_normal((4, 6, 5)).astype(dtype))
    v = np.random.default_rng(1).standard_normal((4, 6, 5)).astype(dtype)
    layer.initialize(seed=0, dtype=dtype)
    with Tape() as tape:
        y = layer(x)
        total = (y * v).sum()
    g = tape.gradient(total, x)
    np.testing.assert_allclose(g, v * (y.data / x.data), rtol=1e-5)
    assert y.dtype == g.dtype == dtype


def test_values_kept_are_scaled_as_in_torch():
    x = np.random.default_rng(0).standard_normal((20, 30))
    ours = Dropout(0.3).initialize()(x)
    theirs = torch.nn.Dropout(0.3)(torch.tensor(x)).numpy()
    both = (ours != 0) & (theirs != 0)
    assert both.sum() > 200
    np.testing.assert_allclose(ours[both], theirs[both], rtol=1e-15)


def test_a_seed_reproduces_a_run_and_each_call_draws_anew():
    def run(seed):
        net = Sequential(Dropout(0.5), Linear(30, 30), Dropout(0.5)).initialize(seed=seed)
        return [net(np.ones((1, 30))).tolist() for _ in range(2)]

    assert run(0) == run(0) != run(1)
    first, second = run(0)
    assert first != second


@pytest.mark.parametrize("p", [-0.1, 1, 1.5, float("nan")])
def test_a_p_outside_zero_to_one_is_refused(p):
    with pytest.raises(ValueError, match=r"p is the probability of dropping .* got"):
        Dropout(p)


def test_training_before_initialize_is_refused():
    with pytest.raises(RuntimeError, match="call initialize"):
        Dropout(0.5)(np.ones(3))


def test_spatial_dropout_of_a_matrix_is_refused():
    with pytest.raises(ValueError, match=r"got shape \(3, 4\); use Dropout"):
        SpatialDropout(0.5).initialize()(np.ones((3, 4)))
