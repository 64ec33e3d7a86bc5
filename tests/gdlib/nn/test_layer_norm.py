import pytest
import torch

from gdlib import layers, nn

# shape of x, axes of the norm
CASES = [((5, 3), 3), ((3,), 3), ((2, 4, 7), 7), ((2, 4, 7), (4, 7)), ((2, 3, 4, 5), (3, 4, 5))]
TOLERANCES = {torch.float32: 1e-5, torch.bfloat16: 0.02, torch.float16: 3e-3}


@pytest.mark.parametrize(("shape", "axes"), [*CASES, ((1, 1), 1), ((0, 3), 3)])
@pytest.mark.parametrize("options", [{}, {"bias": False}, {"elementwise_affine": False}])
@pytest.mark.parametrize("eps", [1e-5, 0.5])
def test_layer_norm_agrees_with_torch(shape, axes, options, eps, device, parity):
    x = parity.drawn(shape, device)
    if x.numel() == 0:
        assert nn.LayerNorm(axes).to(x)(x).shape == shape
        return
    makes = nn.LayerNorm, torch.nn.LayerNorm
    pair = parity.pair(*(make(axes, eps=eps, **options) for make in makes), device)
    parity.agree(*pair, [x], 1e-10)


@pytest.mark.parametrize(("shape", "axes"), [*CASES, ((1, 1), 1)])
@pytest.mark.parametrize("affine", [True, False])
@pytest.mark.parametrize("eps", [None, 0.5])
def test_rms_norm_agrees_with_torch(shape, axes, affine, eps, device, parity):
    makes = nn.RMSNorm, torch.nn.RMSNorm
    pair = parity.pair(*(make(axes, eps, elementwise_affine=affine) for make in makes), device)
    parity.agree(*pair, [parity.drawn(shape, device)], 1e-10)


@pytest.mark.parametrize("name", ["LayerNorm", "RMSNorm"])
@pytest.mark.parametrize("dtype", TOLERANCES)
def test_they_agree_with_torch_in_other_dtypes(name, dtype, device, parity):
    pair = parity.pair(getattr(nn, name)(64), getattr(torch.nn, name)(64), device, dtype)
    parity.agree(*pair, [parity.drawn((9, 64), device, dtype)], TOLERANCES[dtype])


@pytest.mark.parametrize("name", ["LayerNorm", "RMSNorm"])
@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16])
def test_half_inputs_meet_float32_parameters(name, dtype, device, parity):
    ours, theirs = parity.pair(
        getattr(nn, name)(64), getattr(torch.nn, name)(64), device, torch.float32
    )
    x, g = (parity.drawn((9, 64), device, dtype, seed=i) for i in (0, 1))
    found = parity.forward_backward(ours, x, g)
    expected = parity.forward_backward(theirs, x.float(), g.float())
    assert [a.dtype for a in found[:2]] == [dtype, dtype]
    for a, b in zip(found, expected, strict=True):
        scale = b.abs().max().item()
        torch.testing.assert_close(a.float(), b, rtol=0, atol=TOLERANCES[dtype] * scale)


@pytest.mark.parametrize("name", ["LayerNorm", "RMSNorm"])
@pytest.mark.parametrize(("shape", "axes"), CASES)
def test_they_agree_with_the_layers_over_numpy(name, shape, axes, parity):
    ours, _ = parity.pair(getattr(nn, name)(axes), getattr(torch.nn, name)(axes), "cpu")
    parity.agree_with_layer(ours, getattr(layers, name)(axes), shape)


def test_strided_inputs_agree_with_torch(device, parity):
    x = parity.drawn((3, 10, 4), device).transpose(1, 2)[:, :, ::2]
    for name in ("LayerNorm", "RMSNorm"):
        pair = parity.pair(getattr(nn, name)(5), getattr(torch.nn, name)(5), device)
        parity.agree(*pair, [x], 1e-10)


def test_a_large_mean_costs_few_digits(device):
    x = 1e8 + torch.arange(6.0, dtype=torch.float64, device=device)
    y = nn.LayerNorm(6, eps=0).to(x)(x)
    expected = (torch.arange(6, dtype=torch.float64, device=device) - 2.5) / (35 / 12) ** 0.5
    torch.testing.assert_close(y, expected, rtol=1e-12, atol=0)


@pytest.mark.parametrize("name", ["LayerNorm", "RMSNorm"])
def test_state_dicts_go_both_ways(name, device, parity):
    ours, theirs = parity.pair(getattr(nn, name)((4, 3)), getattr(torch.nn, name)((4, 3)), device)
    assert list(ours.state_dict()) == list(theirs.state_dict())
    theirs.load_state_dict(ours.state_dict())


@pytest.mark.parametrize("name", ["LayerNorm", "RMSNorm"])
def test_other_last_axes_are_refused(name, device):
    make = getattr(nn, name)
    with pytest.raises(ValueError, match=r"of \(3\) takes x of shape \(…, 3\), got \(3, 4\)"):
        make(3)(torch.ones(3, 4))
    with pytest.raises(ValueError, match=r"of \(4, 3\) takes x of shape \(…, 4, 3\), got \(3,\)"):
        make((4, 3))(torch.ones(3))
