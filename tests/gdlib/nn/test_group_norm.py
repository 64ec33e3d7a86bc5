import pytest
import torch

from gdlib import layers, nn

SHAPES = [(5, 6), (2, 6, 7), (3, 6, 5, 4), (1, 6, 1, 3)]
TOLERANCES = {torch.float32: 1e-5, torch.bfloat16: 0.02, torch.float16: 3e-3}


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("groups", [1, 2, 3, 6])
@pytest.mark.parametrize("affine", [True, False])
def test_group_norm_agrees_with_torch(shape, groups, affine, device, parity):
    makes = nn.GroupNorm, torch.nn.GroupNorm
    pair = parity.pair(*(make(groups, 6, affine=affine) for make in makes), device)
    parity.agree(*pair, [parity.drawn(shape, device)], 1e-10)


@pytest.mark.parametrize("shape", SHAPES[1:])
@pytest.mark.parametrize("affine", [True, False])
def test_instance_norm_agrees_with_torch(shape, affine, device, parity):
    name = "InstanceNorm1d" if len(shape) == 3 else "InstanceNorm2d"
    makes = getattr(nn, name), getattr(torch.nn, name)
    pair = parity.pair(*(make(6, eps=0.3, affine=affine) for make in makes), device)
    for training in (True, False):
        for module in pair:
            module.train(training)
        parity.agree(*pair, [parity.drawn(shape, device)], 1e-10)


@pytest.mark.parametrize("dtype", TOLERANCES)
def test_group_norm_agrees_with_torch_in_other_dtypes(dtype, device, parity):
    pair = parity.pair(nn.GroupNorm(2, 6), torch.nn.GroupNorm(2, 6), device, dtype)
    parity.agree(*pair, [parity.drawn((3, 6, 5, 4), device, dtype)], TOLERANCES[dtype])


def test_channels_last_and_strided_inputs_agree_with_torch(device, parity):
    pair = parity.pair(nn.GroupNorm(2, 6), torch.nn.GroupNorm(2, 6), device)
    last = parity.drawn((3, 6, 5, 4), device).to(memory_format=torch.channels_last)
    strided = parity.drawn((3, 4, 6, 10), device).permute(0, 2, 3, 1)[:, :, ::2]
    parity.agree(*pair, [last, strided], 1e-10)


@pytest.mark.parametrize("shape", SHAPES)
def test_group_norm_agrees_with_the_layer_over_numpy(shape, parity):
    ours, _ = parity.pair(nn.GroupNorm(2, 6), torch.nn.GroupNorm(2, 6), "cpu")
    parity.agree_with_layer(ours, layers.GroupNorm(2, 6), shape)


def test_state_dicts_go_both_ways(device, parity):
    ours, theirs = parity.pair(nn.GroupNorm(2, 6), torch.nn.GroupNorm(2, 6), device)
    assert list(ours.state_dict()) == list(theirs.state_dict())
    theirs.load_state_dict(ours.state_dict())


def test_wrong_shapes_and_running_statistics_are_refused():
    with pytest.raises(ValueError, match=r"GroupNorm takes x of shape \(N, 6, …\), got \(2, 5\)"):
        nn.GroupNorm(2, 6)(torch.ones(2, 5))
    with pytest.raises(ValueError, match=r"\(N, C, L\) with C = 6, got \(6, 5\)"):
        nn.InstanceNorm1d(6)(torch.ones(6, 5))
    with pytest.raises(ValueError, match="more than one value per channel and example"):
        nn.InstanceNorm2d(6)(torch.ones(2, 6, 1, 1))
    with pytest.raises(ValueError, match="track_running_stats=False"):
        nn.InstanceNorm2d(6, track_running_stats=True)
