"""A layer against its torch counterpart: same state, same input, everything compared."""

import numpy as np
import pytest
import torch

from gdlib.autograd import Tape, Tensor

# Layers are small: on a busy machine torch's threads wait longer for each other than they work.
torch.set_num_threads(1)


def compare_with_torch(layer, theirs, *inputs, weights=None, seed=0, tolerance=1e-10, forward=None):
    """Forward, gradients by inputs and parameters, and buffers after it, all in float64.

    The layer gets the torch module's state. The inputs are arrays; integer ones are passed as they
    are. ``forward`` takes a module's raw output to the tensor compared (default: itself).
    """
    theirs = theirs.double()
    layer.initialize(seed=1)
    layer.load_state_dict({name: value.numpy() for name, value in theirs.state_dict().items()})
    rng = np.random.default_rng(seed)
    forward = forward or (lambda y: y)

    their_inputs = [
        torch.tensor(x, requires_grad=np.issubdtype(x.dtype, np.floating)) for x in inputs
    ]
    their_y = forward(theirs(*their_inputs))
    v = rng.standard_normal(their_y.shape)
    (their_y * torch.tensor(v)).sum().backward()

    our_inputs = [Tensor(x) if np.issubdtype(x.dtype, np.floating) else x for x in inputs]
    with Tape() as tape:
        y = forward(layer(*our_inputs))
        total = (y * v).sum()
    differentiable = [x for x in our_inputs if isinstance(x, Tensor)]
    found = tape.gradient(total, [*differentiable, *layer.parameters.values()])

    def close(ours, other):
        np.testing.assert_allclose(ours, other.detach().numpy(), rtol=tolerance, atol=tolerance)

    close(y.data, their_y)
    expected = [x.grad for x in their_inputs if x.requires_grad]
    names = dict(theirs.named_parameters())
    expected += [names[name].grad for name in layer.parameters]
    for ours, other in zip(found, expected, strict=True):
        close(ours, other)
    after = theirs.state_dict()
    for name, array in layer.state_dict().items():
        close(array, after[name])


@pytest.fixture(name="compare_with_torch")
def _compare_with_torch():
    return compare_with_torch
