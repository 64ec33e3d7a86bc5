"""The operations agree over numbers, NumPy and torch, and keep the kind of what they are given."""

import math

import numpy as np
import pytest
import torch

from gdlib import ops

VALUES = [-2.5, -0.0, 0.0, 0.3, 4.0]
UNARY = ["exp", "sin", "cos", "sign"]
BINARY = ["minimum", "maximum"]


@pytest.mark.parametrize("name", UNARY)
def test_unary_operations_agree_over_the_three_kinds(name):
    operation = getattr(ops, name)
    numbers = [operation(v) for v in VALUES]
    np.testing.assert_allclose(operation(np.array(VALUES)), numbers, rtol=1e-15)
    tensor = operation(torch.tensor(VALUES, dtype=torch.float64))
    np.testing.assert_allclose(tensor.numpy(), numbers, rtol=1e-15)


@pytest.mark.parametrize("name", BINARY)
def test_binary_operations_take_a_number_on_either_side(name):
    operation = getattr(ops, name)
    expected = [operation(v, 0.1) for v in VALUES]
    tensor = torch.tensor(VALUES, dtype=torch.float64)
    for array in (np.array(VALUES), tensor):
        assert list(operation(array, 0.1)) == expected
        assert list(operation(0.1, array)) == expected


@pytest.mark.parametrize("name", BINARY)
def test_nan_wins_in_every_kind(name):
    operation = getattr(ops, name)
    assert math.isnan(operation(math.nan, 1.0))
    assert math.isnan(operation(1.0, math.nan))
    assert np.isnan(operation(np.array([np.nan]), 1.0)).all()
    assert torch.isnan(operation(torch.tensor([1.0]), math.nan)).all()


def test_square_root_of_each_kind():
    assert ops.sqrt(9) == 3.0
    assert isinstance(ops.sqrt(9), float)
    assert ops.sqrt(np.float32(9)).dtype == np.float32
    assert ops.sqrt(torch.tensor([9.0])).tolist() == [3.0]


def test_where_takes_a_bool_an_array_and_a_tensor():
    assert ops.where(True, 1.0, 2.0) == 1.0
    x = np.array([-1.0, 1.0])
    assert ops.where(x < 0, 0.5, x).tolist() == [0.5, 1.0]
    t = torch.tensor([-1.0, 1.0])
    assert ops.where(t < 0, 0.5, t).tolist() == [0.5, 1.0]
    assert ops.where(t < 0, 0.5, t).dtype == torch.float32


def test_norm_is_over_all_elements():
    square = np.array([[3.0, 0.0], [0.0, 4.0]])
    assert ops.norm(square) == 5.0
    assert ops.norm(torch.tensor(square)).item() == 5.0
    assert ops.norm(-5.0) == 5.0


def test_float32_stays_float32_beside_python_numbers():
    x = np.ones(2, np.float32)
    for result in (ops.maximum(x, 0.5), ops.where(x > 0, x, 0.5), ops.zeros_like(x), ops.exp(x)):
        assert result.dtype == np.float32


def test_zeros_like_keeps_kind_and_dtype():
    assert ops.zeros_like(3) == 0.0
    assert ops.zeros_like(np.ones((2, 1), np.float32)).dtype == np.float32
    assert ops.zeros_like(torch.ones(2, dtype=torch.float16)).dtype == torch.float16
