import numpy as np
import pytest
import torch

from gdlib.autograd import Tape, Tensor
from gdlib.gradient import check_gradient
from gdlib.layers import BatchNorm1d, BatchNorm2d
from gdlib.layers.batch_norm import batch_norm, normalize

SHAPES = [(5, 3), (2, 1), (4, 3, 7), (1, 3, 2), (3, 2, 5, 4), (1, 2, 1, 3), (2, 3, 1, 1)]


def pair(shape, **options):
    """Our layer and torch's, for x of this shape, with one state that is not the first."""
    c = shape[1]
    ours, theirs = (BatchNorm2d, torch.nn.BatchNorm2d)
    if len(shape) < 4:
        ours, theirs = (BatchNorm1d, torch.nn.BatchNorm1d)
    ours, theirs = ours(c, **options).initialize(), theirs(c, **options).double()
    rng = np.random.default_rng(7)
    state = {name: 0.5 + rng.random(c) for name in ours.state_dict() if "num" not in name}
    theirs.load_state_dict(
        {name: torch.tensor(value) for name, value in state.items()}, strict=False
    )
    if "num_batches_tracked" in ours.state_dict():
        state["num_batches_tracked"] = np.array(0)
    ours.load_state_dict(state)
    return ours, theirs


def gradients(layer, x, v):
    x = Tensor(x)
    with Tape() as tape:
        y = layer(x)
        total = (y * v).sum()
    return y.data, tape.gradient(total, [x, *layer.parameters.values()])


def agree(ours, theirs, batches):
    """Values, gradients and, after each batch, the buffers."""
    for x in batches:
        x_torch = torch.tensor(x, requires_grad=True)
        y_torch = theirs(x_torch)
        v = np.cos(np.arange(x.size)).reshape(x.shape)
        theirs.zero_grad()
        (y_torch * torch.tensor(v)).sum().backward()
        y, found = gradients(ours, x, v)
        np.testing.assert_allclose(y, y_torch.detach().numpy(), rtol=1e-10, atol=1e-10)
        expected = [x_torch.grad, *(p.grad for p in theirs.parameters())]
        for g, other in zip(found, expected, strict=True):
            np.testing.assert_allclose(g, other.numpy(), rtol=1e-10, atol=1e-10)
        after = theirs.state_dict()
        for name, array in ours.state_dict().items():
            np.testing.assert_allclose(array, after[name].numpy(), rtol=1e-10, atol=1e-10)


@pytest.mark.parametrize(
    ("shape", "momentum"),
    [(shape, 0.1) for shape in SHAPES]
    + [(shape, momentum) for shape in [(5, 3), (3, 2, 5, 4)] for momentum in (None, 0, 1)],
)
@pytest.mark.parametrize("affine", [True, False])
def test_batch_norm_agrees_with_torch_over_batches_and_in_evaluation(shape, momentum, affine):
    ours, theirs = pair(shape, momentum=momentum, affine=affine)
    rng = np.random.default_rng(1)
    batches = [i + (i + 1) * rng.standard_normal(shape) for i in range(3)]
    agree(ours, theirs, batches)
    ours.eval(), theirs.eval()
    agree(ours, theirs, batches[:1])
    ours.train(), theirs.train()
    agree(ours, theirs, batches[:1])


@pytest.mark.parametrize(("layer", "theirs", "shape"), [
    (BatchNorm1d(4, eps=0.5), torch.nn.BatchNorm1d(4, eps=0.5), (5, 4)),
    (BatchNorm2d(4), torch.nn.BatchNorm2d(4), (5, 4, 3, 2)),
])  # fmt: skip
def test_a_fresh_layer_agrees_with_torch(compare_with_torch, layer, theirs, shape):
    compare_with_torch(layer, theirs, np.random.default_rng(0).normal(size=shape))


@pytest.mark.parametrize("shape", SHAPES)
def test_gradients_agree_with_finite_differences(shape):
    rng = np.random.default_rng(0)
    x, v = rng.standard_normal(shape), rng.standard_normal(shape)
    weight, bias = rng.standard_normal((2, shape[1]))
    mean, var = rng.standard_normal(shape[1]), rng.random(shape[1])
    # A large ε, because the gradient of two equal-variance values is all ε.
    for f in (
        lambda x, w, b: (batch_norm(x, w, b, 0.1) * v).sum(),
        lambda x, w, b: (normalize(x, w, b, mean, var) * v).sum(),
    ):
        inputs = [Tensor(x), Tensor(weight), Tensor(bias)]
        with Tape() as tape:
            y = f(*inputs)
        for i, g in enumerate(tape.gradient(y, inputs)):

            def of_one(z, i=i, f=f):
                arrays = [x, weight, bias]
                arrays[i] = z
                return f(*arrays)

            assert check_gradient(of_one, lambda _, g=g: g, inputs[i].data).error <= 1e-6


def test_two_batches_by_hand():
    layer = BatchNorm1d(1).initialize()
    y = layer(np.array([[1.0], [3.0]]))
    np.testing.assert_allclose(y[:, 0], np.array([-1, 1]) / np.sqrt(1 + 1e-5))
    assert layer.buffers["running_mean"].tolist() == [0.1 * 2]
    assert layer.buffers["running_var"].tolist() == pytest.approx([0.9 + 0.1 * 2])
    layer(np.array([[5.0], [5.0]]))
    assert layer.buffers["running_mean"].tolist() == pytest.approx([0.9 * 0.2 + 0.1 * 5])
    assert layer.buffers["running_var"].tolist() == pytest.approx([0.9 * 1.1])


@pytest.mark.parametrize("seed", range(5))
def test_scale_and_shift_of_the_input_do_not_matter_up_to_eps(seed):
    rng = np.random.default_rng(seed)
    x, v = rng.standard_normal((2, 6, 3, 4))
    scale, shift = 10 ** rng.uniform(-1, 3), rng.uniform(-100, 100)
    layer = BatchNorm1d(3, eps=1e-12).initialize()
    y, (g, *_) = gradients(layer, x, v)
    moved, (g_moved, *_) = gradients(layer, scale * x + shift, v)
    np.testing.assert_allclose(moved, y, atol=1e-8)
    np.testing.assert_allclose(scale * g_moved, g, atol=1e-8)


@pytest.mark.parametrize("shape", [(6, 3), (4, 3, 5), (4, 3, 2, 5)])
def test_the_gradient_by_the_input_sums_to_zero_over_the_batch(shape):
    rng = np.random.default_rng(0)
    layer = (BatchNorm2d if len(shape) == 4 else BatchNorm1d)(3).initialize()
    layer.theta[:] = rng.standard_normal(6)
    _, (g, *_) = gradients(layer, 1 + 3 * rng.standard_normal(shape), rng.standard_normal(shape))
    axes = (0, *range(2, len(shape)))
    assert abs(g.sum(axes)).max() <= 1e-14 * abs(g).sum()


@pytest.mark.parametrize("value", [0.0, 1.0, 1e8])
def test_a_constant_batch_has_finite_gradients(value):
    layer = BatchNorm1d(2).initialize()
    y, found = gradients(layer, np.full((4, 2), value), np.arange(8.0).reshape(4, 2))
    assert y.tolist() == np.zeros((4, 2)).tolist()
    assert all(np.isfinite(g).all() for g in found)
    np.testing.assert_allclose(found[0][:, 0], np.array([-3, -1, 1, 3]) / np.sqrt(1e-5))


def test_a_large_mean_costs_few_digits():
    x = 1e6 + np.arange(8.0).reshape(8, 1)
    y = BatchNorm1d(1, eps=0).initialize()(x)[:, 0]
    np.testing.assert_allclose(y, (np.arange(8) - 3.5) / np.sqrt(5.25), rtol=1e-12)


def test_evaluation_uses_running_statistics_as_constants_and_leaves_them():
    layer = BatchNorm1d(2).initialize().eval()
    layer.buffers["running_mean"][:] = 3
    layer.buffers["running_var"][:] = 4
    before = layer.state_dict()
    y, (g, *_) = gradients(layer, np.full((1, 2), 5.0), np.ones((1, 2)))
    np.testing.assert_allclose(y, 2 / np.sqrt(4 + 1e-5))
    np.testing.assert_allclose(g, 1 / np.sqrt(4 + 1e-5))
    for name, array in layer.state_dict().items():
        np.testing.assert_array_equal(array, before[name])


@pytest.mark.parametrize("shape", [(5, 3), (4, 3, 7), (3, 3, 2, 2)])
def test_float32_stays_float32_and_close_to_float64(shape):
    x, v = np.random.default_rng(0).standard_normal((2, *shape))
    make = BatchNorm2d if len(shape) == 4 else BatchNorm1d
    for training in (True, False):
        single = make(3).initialize(dtype=np.float32).train(training)
        y, found = gradients(single, x.astype(np.float32), v.astype(np.float32))
        y_double, found_double = gradients(make(3).initialize().train(training), x, v)
        for array in (y, *found, *single.buffers.values()):
            assert array.dtype == np.float32
        for array, double in zip((y, *found), (y_double, *found_double), strict=True):
            np.testing.assert_allclose(array, double, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("shape", [(1, 3), (1, 3, 1), (0, 3)])
def test_one_value_per_channel_is_refused_and_changes_no_statistics(shape):
    layer = BatchNorm1d(3, momentum=None).initialize()
    before = layer.state_dict()
    with pytest.raises(ValueError, match=r"more than one value per channel.*call eval\(\)"):
        layer(np.ones(shape))
    for name, array in layer.state_dict().items():
        np.testing.assert_array_equal(array, before[name])


def test_the_state_goes_over_to_torch():
    layer = BatchNorm1d(3, momentum=None).initialize()
    for _ in range(3):
        layer(np.random.default_rng(0).standard_normal((4, 3)))
    theirs = torch.nn.BatchNorm1d(3, momentum=None).double()
    theirs.load_state_dict({name: torch.tensor(a) for name, a in layer.state_dict().items()})
    assert theirs.num_batches_tracked == layer.buffers["num_batches_tracked"] == 3


def test_wrong_shapes_momenta_and_use_before_initialize_are_refused():
    layer = BatchNorm1d(3).initialize()
    with pytest.raises(ValueError, match=r"\(N, C\) or \(N, C, L\) with C = 3, got \(5, 4\)"):
        layer(np.ones((5, 4)))
    with pytest.raises(ValueError, match=r"BatchNorm2d takes x of shape \(N, C, H, W\)"):
        BatchNorm2d(3).initialize()(np.ones((5, 3)))
    with pytest.raises(ValueError, match=r"from 0 to 1, or None .* got 1\.5"):
        BatchNorm1d(3, momentum=1.5)
    with pytest.raises(RuntimeError, match="call initialize"):
        BatchNorm1d(3, affine=False)(np.ones((5, 3)))
