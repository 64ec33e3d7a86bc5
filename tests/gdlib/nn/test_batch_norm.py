import copy

import numpy as np
import pytest
import torch

from gdlib import nn
from gdlib.autograd import Tape, Tensor
from gdlib.layers import BatchNorm1d, BatchNorm2d

SHAPES = [(5, 3), (2, 1), (4, 3, 7), (1, 3, 2), (3, 2, 5, 4), (1, 2, 1, 3), (2, 3, 1, 1)]
# Of the largest element, a few times the spacing of the dtype's numbers at 1.
TOLERANCES = {torch.float64: 1e-10, torch.float32: 1e-5, torch.bfloat16: 0.02, torch.float16: 3e-3}


def made(shape, device, parity, dtype=torch.float64, **options):
    """Our module and torch.nn's for x of this shape."""
    name = "BatchNorm2d" if len(shape) == 4 else "BatchNorm1d"
    ours, theirs = getattr(nn, name), getattr(torch.nn, name)
    return parity.pair(ours(shape[1], **options), theirs(shape[1], **options), device, dtype)


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("momentum", [0.1, None, 0, 1])
@pytest.mark.parametrize("affine", [True, False])
def test_it_agrees_with_torch_over_batches_and_in_evaluation(
    shape, momentum, affine, device, parity
):
    ours, theirs = made(shape, device, parity, momentum=momentum, affine=affine)
    batches = [i + (i + 1) * parity.drawn(shape, device, seed=i) for i in range(3)]
    for training in (True, False, True):
        ours.train(training), theirs.train(training)
        parity.agree(ours, theirs, batches, 1e-10)


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16, torch.float16])
@pytest.mark.parametrize("shape", [(50, 3), (8, 3, 17), (6, 3, 5, 4)])
@pytest.mark.parametrize("wide_parameters", [False, True])
def test_it_agrees_with_torch_in_other_dtypes(shape, dtype, wide_parameters, device, parity):
    of_parameters = torch.float32 if wide_parameters else dtype
    ours, theirs = made(shape, device, parity, of_parameters)
    batches = [parity.drawn(shape, device, dtype, seed=i) for i in range(2)]
    for training in (True, False):
        ours.train(training), theirs.train(training)
        parity.agree(ours, theirs, batches, TOLERANCES[dtype])


@pytest.mark.parametrize("shape", [(5, 3), (3, 2, 5, 4)])
def test_without_running_statistics_it_agrees_with_torch(shape, device, parity):
    ours, theirs = made(shape, device, parity, track_running_stats=False)
    for training in (True, False):
        ours.train(training), theirs.train(training)
        parity.agree(ours, theirs, [parity.drawn(shape, device)], 1e-10)


def test_running_statistics_switched_off_stay_where_they_are(device, parity):
    ours, theirs = made((5, 3), device, parity)
    ours.track_running_stats = theirs.track_running_stats = False
    parity.agree(ours, theirs, [parity.drawn((5, 3), device)], 1e-10)


@pytest.mark.parametrize("shape", SHAPES)
def test_it_agrees_with_the_layer_over_numpy(shape, parity):
    ours, _ = made(shape, "cpu", parity)
    layer = (BatchNorm2d if len(shape) == 4 else BatchNorm1d)(shape[1]).initialize()
    state = {name: value.numpy().copy() for name, value in ours.state_dict().items()}
    del state["num_batches_tracked"]
    layer.load_state_dict(state)
    for training in (True, False):
        ours.train(training), layer.train(training)
        batch, g = (parity.drawn(shape, seed=i) for i in (1, 2))
        x = Tensor(batch.numpy())
        with Tape() as tape:
            y = layer(x)
            total = (y * g.numpy()).sum()
        expected = [y.data, *tape.gradient(total, [x, *layer.parameters.values()])]
        expected += [layer.buffers[name] for name in ("running_mean", "running_var")]
        found = [*parity.forward_backward(ours, batch, g), ours.running_mean, ours.running_var]
        for a, b in zip(found, expected, strict=True):
            np.testing.assert_allclose(a.numpy(), b, rtol=1e-10, atol=1e-10)


def test_state_dicts_go_both_ways(device, parity):
    ours, theirs = made((5, 3), device, parity)
    for i in range(3):
        ours(parity.drawn((5, 3), device, seed=i))
    theirs.load_state_dict(copy.deepcopy(ours.state_dict()))
    assert theirs.num_batches_tracked == 3
    assert list(theirs.state_dict()) == list(ours.state_dict())
    ours.eval(), theirs.eval()
    parity.agree(ours, theirs, [parity.drawn((5, 3), device, seed=9)], 1e-10)


def test_a_state_from_before_batches_were_counted_is_read_as_torch_reads_it():
    state = {"running_mean": torch.zeros(3), "running_var": torch.ones(3)}
    nn.BatchNorm1d(3, affine=False).load_state_dict(state)


@pytest.mark.parametrize("shape", [(1, 3), (1, 3, 1), (0, 3)])
@pytest.mark.parametrize("momentum", [0.1, None])
def test_one_value_per_channel_is_refused_and_changes_no_statistics(shape, momentum, device):
    module = nn.BatchNorm1d(3, momentum=momentum).to(device)
    before = copy.deepcopy(module.state_dict())
    with pytest.raises(ValueError, match=r"more than one value per channel.*call eval\(\)"):
        module(torch.ones(shape, device=device))
    for name, value in module.state_dict().items():
        assert torch.equal(value, before[name])
    assert module.eval()(torch.ones(shape, device=device)).shape == shape


def test_in_evaluation_running_statistics_are_constants(device):
    module = nn.BatchNorm1d(2, dtype=torch.float64).to(device).eval()
    module.running_mean.fill_(3), module.running_var.fill_(4)
    x = torch.full((1, 2), 5.0, device=device, dtype=torch.float64, requires_grad=True)
    y = module(x)
    y.sum().backward()
    torch.testing.assert_close(y, torch.full_like(y, 2 / (4 + 1e-5) ** 0.5))
    torch.testing.assert_close(x.grad, torch.full_like(x, 1 / (4 + 1e-5) ** 0.5))
    assert module.running_mean.tolist() == [3, 3]
    assert module.num_batches_tracked == 0


@pytest.mark.parametrize("training", [True, False])
def test_channels_last_and_strided_inputs_agree_with_torch(training, device, parity):
    ours, theirs = made((4, 3, 5, 6), device, parity)
    ours.train(training), theirs.train(training)
    x = parity.drawn((4, 3, 5, 6), device)
    strided = parity.drawn((4, 6, 3, 10), device).permute(0, 2, 3, 1)[:, :, ::2]
    last = x.to(memory_format=torch.channels_last)
    parity.agree(ours, theirs, [last, strided], 1e-10)
    assert ours(last).is_contiguous(memory_format=torch.channels_last)


def test_a_large_mean_costs_few_digits(device):
    x = 1e6 + torch.arange(8.0, dtype=torch.float64, device=device)[:, None]
    y = nn.BatchNorm1d(1, eps=0).to(device, torch.float64)(x)[:, 0]
    expected = (torch.arange(8, dtype=torch.float64, device=device) - 3.5) / 5.25**0.5
    torch.testing.assert_close(y, expected, rtol=1e-12, atol=0)


def test_a_constant_batch_has_finite_gradients(device, parity):
    x = torch.full((4, 2), 1e8, device=device, dtype=torch.float64)
    g = torch.arange(8.0, dtype=torch.float64, device=device).reshape(4, 2)
    y, gx, *_ = parity.forward_backward(nn.BatchNorm1d(2).to(x), x, g)
    assert not y.any()
    torch.testing.assert_close(gx[:, 0].cpu().numpy(), np.array([-3, -1, 1, 3]) / np.sqrt(1e-5))


def test_averaging_weights_recomputes_its_statistics_as_it_does_torchs(parity):
    batches = [parity.drawn((5, 3), seed=i) for i in range(4)]
    ours, theirs = (torch.nn.Sequential(m) for m in made((5, 3), "cpu", parity))
    for module in (ours, theirs):
        torch.optim.swa_utils.update_bn(batches, module)
    torch.testing.assert_close(ours.state_dict(), theirs.state_dict(), rtol=1e-10, atol=1e-10)


def test_wrong_shapes_are_refused(device):
    with pytest.raises(ValueError, match=r"\(N, C\) or \(N, C, L\) with C = 3, got \(5, 4\)"):
        nn.BatchNorm1d(3).to(device)(torch.ones(5, 4, device=device))
    with pytest.raises(ValueError, match=r"BatchNorm2d takes x of shape \(N, C, H, W\)"):
        nn.BatchNorm2d(3).to(device)(torch.ones(5, 3, device=device))
