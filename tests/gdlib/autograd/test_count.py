import numpy as np
import pytest

from gdlib.activation import relu
from gdlib.autograd import Tape, Tensor, count_operations, value_and_gradient
from gdlib.layers import Linear, Sequential


@pytest.mark.parametrize(
    ("f", "expected"),
    [
        (lambda x: x + 1, 12),
        (lambda x: np.tanh(x * x), 24),
        (lambda x: x.sum(), 11),
        (lambda x: x.sum(0), 8),
        (lambda x: x @ x.T, 3 * 3 * 7),
        (lambda x: np.dot(x, np.ones(4)), 3 * 7),
        (lambda x: x.reshape(4, 3)[1:], 0),
        (lambda x: np.mean(x), 12),
        (lambda x: np.where(x > 0, x, 0), 12),
        (lambda x: np.einsum("ij->j", x), 8),
        (lambda x: np.einsum("ij,ij->", x, x), 23),
        (lambda x: np.einsum("ij,kj->ik", x, x), 3 * 3 * 7),
    ],
)
def test_operations_counted_by_hand(f, expected):
    assert count_operations(f, np.ones((3, 4))) == expected


def test_in_place_and_scattered_additions_count():
    def f(x):
        x += 1
        np.add.at(x, np.array([0, 0, 1]), 1.0)

    assert count_operations(f, np.ones((3, 4))) == 12 + 12


def test_a_product_costs_one_operation_forward_and_two_back():
    x = np.ones(10)
    assert count_operations(lambda x: x * np.ones(10), x) == 10
    weights = np.ones(10)
    # forward: 10 products, 9 additions; back: 10 products
    assert count_operations(lambda x: value_and_gradient(lambda t: (t * weights).sum(), x), x) == 29


def test_a_whole_gradient_costs_at_most_five_forward_passes():
    net = Sequential(Linear(20, 30), relu, Linear(30, 30), relu, Linear(30, 10)).initialize()
    x = np.random.default_rng(0).normal(size=(16, 20))

    def loss(x):
        return (net(x) ** 2).mean()

    def gradient(x):
        with Tape() as tape:
            value = loss(x)
        return tape.gradient(value, net.parameters)

    forward, both = count_operations(loss, x), count_operations(gradient, x)
    products = 16 * (20 * 30 + 30 * 30 + 30 * 10)
    assert forward > 2 * products - 16 * 70
    assert both > forward + 2 * (2 * products - 16 * 20 * 30) - 4000
    assert both <= 5 * forward


@pytest.mark.parametrize("operation", [np.add, np.subtract, np.multiply, np.divide])
def test_no_arithmetic_costs_more_than_five_times_even_where_every_value_is_used_again(operation):
    def chain(a, b):
        for _ in range(50):
            a, b = operation(a, b), operation(b, a)
        return operation(a, b)

    def gradient(a, b):
        a, b = Tensor(a), Tensor(b)
        with Tape() as tape:
            value = chain(a, b)
        return tape.gradient(value, [a, b])

    with np.errstate(all="ignore"):
        forward, both = (count_operations(f, 1.5, 1.25) for f in (chain, gradient))
    assert forward == 101
    assert both <= 5 * forward


def test_what_is_not_counted_is_refused_and_counting_does_not_nest():
    with pytest.raises(TypeError, match="norm are not counted"):
        count_operations(np.linalg.norm, np.ones((2, 2)))
    with pytest.raises(RuntimeError, match="counted already"):
        count_operations(lambda x: count_operations(np.exp, x), np.ones(2))
    assert count_operations(np.exp, np.ones(2)) == 2


def test_tensors_count_as_their_arrays():
    assert count_operations(lambda x: np.exp(Tensor(x)), np.ones(3)) == 3


def test_an_array_beside_a_tensor_counts_once_and_stays_counted_on_the_way_back():
    def gradient(x, w):
        w = Tensor(w)
        with Tape() as tape:
            y = (x @ w).sum()
        return tape.gradient(y, w)

    # forward: 3 × 2 sums of 4 products, added up; back: 4 × 2 sums of 3 products
    assert count_operations(gradient, np.ones((3, 4)), np.ones((4, 2))) == 6 * 7 + 5 + 8 * 5
