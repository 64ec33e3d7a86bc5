"""A module against torch.nn's: same state, same input, everything compared, on every device."""

import copy
from types import SimpleNamespace

import numpy as np
import pytest
import torch

from gdlib.autograd import Tape, Tensor

torch.set_num_threads(1)  # as for the layers over NumPy: the inputs are small

NO_GPU = pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device here")


@pytest.fixture(name="device", params=["cpu", pytest.param("cuda", marks=NO_GPU)])
def _device(request):
    return torch.device(request.param)


@pytest.fixture(name="parity")
def _parity():
    return SimpleNamespace(
        drawn=drawn,
        pair=pair,
        agree=agree,
        agree_with_layer=agree_with_layer,
        forward_backward=forward_backward,
    )


def drawn(shape, device="cpu", dtype=torch.float64, seed=0):
    """Numbers around 2 with standard deviation 3."""
    rng = torch.Generator().manual_seed(seed)
    return (2 + 3 * torch.randn(shape, generator=rng, dtype=torch.float64)).to(device, dtype)


def pair(ours, theirs, device, dtype=torch.float64):
    """Both modules on the device, ours with the state of torch.nn's, which is drawn."""
    rng = torch.Generator().manual_seed(3)
    with torch.no_grad():
        for name, value in theirs.state_dict().items():
            if value.is_floating_point():
                draw = torch.rand if name == "running_var" else torch.randn
                value.copy_(0.2 + draw(value.shape, generator=rng))
    ours, theirs = ours.to(device, dtype), theirs.to(device, dtype)
    ours.load_state_dict(copy.deepcopy(theirs.state_dict()))
    return ours, theirs


def forward_backward(module, x, g):
    """y, and the gradients of Σ y g by x and by the parameters."""
    x = x.detach().requires_grad_()
    module.zero_grad()
    y = module(x)
    y.backward(g)
    return [y.detach(), x.grad, *(p.grad for p in module.parameters())]


def agree_with_layer(ours, layer, shape):
    """Values and gradients of a module and of the layer over NumPy with its state."""
    layer.initialize().load_state_dict({n: a.numpy() for n, a in ours.state_dict().items()})
    batch, g = (drawn(shape, seed=i) for i in (1, 2))
    x = Tensor(batch.numpy())
    with Tape() as tape:
        y = layer(x)
        total = (y * g.numpy()).sum()
    expected = [y.data, *tape.gradient(total, [x, *layer.parameters.values()])]
    for a, b in zip(forward_backward(ours, batch, g), expected, strict=True):
        np.testing.assert_allclose(a.numpy(), b, rtol=1e-10, atol=1e-10)


def agree(ours, theirs, batches, tolerance):
    """Values, gradients and after each batch the state; dtypes too.

    The tolerance is relative to the largest element of each tensor, if that is above 1.
    """
    for i, x in enumerate(batches):
        g = torch.randn(x.shape, generator=torch.Generator().manual_seed(i)).to(x)
        found = forward_backward(ours, x, g) + list(ours.state_dict().values())
        expected = forward_backward(theirs, x, g) + list(theirs.state_dict().values())
        for a, b in zip(found, expected, strict=True):
            largest = max(1.0, b.abs().max().item())
            torch.testing.assert_close(a, b, rtol=0, atol=tolerance * largest)
