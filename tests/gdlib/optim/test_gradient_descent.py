"""Gradient descent against torch and by hand."""

import numpy as np
import torch

from gdlib.optim import gradient_descent


def test_one_step_by_hand():
    x, state = gradient_descent.step(
        np.array([1.0, -2.0]), np.array([4.0, -1.0]), gradient_descent.State(), lr=0.25
    )
    assert x.tolist() == [0.0, -1.75]
    assert state == ()


def test_same_path_as_torch_sgd_through_an_lr_drop():
    rng = np.random.default_rng(0)
    x = rng.standard_normal(4)
    parameter = torch.tensor(x, requires_grad=True)
    optimizer = torch.optim.SGD([parameter], lr=0.1)
    for t in range(200):
        lr = optimizer.param_groups[0]["lr"] = 0.1 if t < 120 else 0.01
        g = rng.standard_normal(4) * 10.0 ** rng.integers(-12, 8)
        parameter.grad = torch.tensor(g)
        optimizer.step()
        x, _ = gradient_descent.step(x, g, gradient_descent.State(), lr=lr)
        np.testing.assert_allclose(x, parameter.detach().numpy(), rtol=1e-12)
