"""What a tape records, gives back and refuses."""

import math

import numpy as np
import pytest

from gdlib import objective
from gdlib.autograd import Parameters, Tape, Tensor, jacobian, once, primitive, value_and_gradient
from gdlib.ops import sqrt


def test_nothing_is_recorded_outside_a_tape():
    x = Tensor([1.0, 2.0])
    assert type(x * 2) is np.ndarray
    with Tape() as tape:
        assert type(np.ones(2) * 2) is np.ndarray
        x * 2
    assert len(tape.nodes) == 1


def test_objectives_of_the_course_give_the_gradients_written_by_hand():
    for make in (objective.rosenbrock, objective.beale, objective.rastrigin):
        f = make()
        x = np.array([0.3, -1.2])
        value, g = value_and_gradient(lambda x, f=f: f.value(x), x)
        np.testing.assert_allclose(value, f.value(x), rtol=1e-14)
        np.testing.assert_allclose(g, f.gradient(x), rtol=1e-12)


def test_ops_of_the_rules_are_differentiable():
    _, g = value_and_gradient(lambda x: sqrt(x).sum(), [4.0, 9.0])
    np.testing.assert_allclose(g, [1 / 4, 1 / 6])


def test_gradients_of_what_was_computed_on_the_way():
    x = Tensor([1.0, 2.0])
    with Tape() as tape:
        h = np.exp(x)
        y = (h * h).sum()
    gx, gh = tape.gradient(y, [x, h])
    np.testing.assert_allclose(gh, 2 * np.exp([1, 2]))
    np.testing.assert_allclose(gx, 2 * np.exp([2, 4]))


def test_what_the_value_does_not_depend_on_has_gradient_zero():
    x, other = Tensor([1.0]), Tensor(np.ones((2, 3)))
    with Tape() as tape:
        y = x.sum()
    assert tape.gradient(y, [x, other])[1].tolist() == np.zeros((2, 3)).tolist()


def test_a_branch_that_leads_nowhere_is_not_walked():
    called = []

    @primitive
    def watched(x):
        return x, lambda g: called.append(g) or g

    x = Tensor([1.0])
    with Tape() as tape:
        watched(x)
        y = x.sum()
    tape.gradient(y, x)
    assert called == []


def test_gradients_that_nobody_asked_for_are_not_computed():
    called = []

    @primitive
    def product(a, b):
        return a * b, lambda g: called.append("a") or g * b, lambda g: called.append("b") or g * a

    data, w = np.array([1.0, 2.0]), Tensor([3.0, 4.0])
    with Tape() as tape:
        y = product(data, w).sum()
    assert tape.gradient(y, w).tolist() == [1, 2]
    assert called == ["b"]


def test_shared_work_of_a_node_is_done_once_for_each_gradient():
    calls = []

    @primitive
    def both(a, b):
        double = once(lambda g: calls.append(1) or 2 * g)
        return 2 * (a + b), double, double

    a, b = Tensor([1.0, 2.0]), Tensor([3.0, 4.0])
    with Tape() as tape:
        y = both(a, b).sum()
    assert [g.tolist() for g in tape.gradient(y, [a, b])] == [[2, 2], [2, 2]]
    assert len(calls) == 1
    assert jacobian(lambda x: both(x, b), a.data).tolist() == [[2, 0], [0, 2]]


def test_accumulating_does_not_change_a_gradient_that_two_inputs_share():
    a, b = Tensor([1.0]), Tensor([1.0])
    with Tape() as tape:
        y = ((a + b) + a + a).sum()
    assert [g.item() for g in tape.gradient(y, [a, b])] == [3, 1]


def test_a_thousand_operations_deep_needs_no_recursion():
    _, g = value_and_gradient(lambda x: _repeated(x, 5000).sum(), [1.0])
    assert g[0] == pytest.approx(1.0001**5000, rel=1e-9)


def _repeated(x, times):
    for _ in range(times):
        x = x * 1.0001
    return x


def test_jacobian_of_a_linear_map_is_its_matrix():
    matrix = np.arange(6.0).reshape(2, 3)
    assert jacobian(lambda x: matrix @ x, np.ones(3)).tolist() == matrix.tolist()
    assert jacobian(lambda x: x * x, np.ones((2, 2))).shape == (2, 2, 2, 2)


def test_parameters_are_views_and_their_gradient_is_one_vector():
    parameters = Parameters({"w": (2, 3), "unused": (2,), "b": (2,)})
    parameters.vector[:] = np.arange(10)
    w, b = parameters["w"], parameters["b"]
    assert w.data.tolist() == [[0, 1, 2], [3, 4, 5]]
    with Tape() as tape:
        y = (w @ np.ones(3) * 2 + b).sum()
    g = tape.gradient(y, parameters)
    assert g.tolist() == [2] * 6 + [0, 0, 1, 1]
    assert parameters.split(g)["b"].tolist() == [1, 1]


def test_part_of_the_parameters_shares_the_vector():
    parameters = Parameters({"0.w": (2,), "1.w": (3,), "1.b": (1,)})
    part = parameters.under("1.")
    part.vector[:] = 7
    assert [*part] == ["w", "b"]
    assert parameters["1.w"].data.tolist() == [7, 7, 7]
    assert part["w"] is parameters["1.w"]
    assert part.split(np.arange(4.0))["b"].tolist() == [3]
    assert parameters.under("2.").vector.size == 0


# What is refused, and the advice that comes with it.


def test_integers_are_refused():
    with pytest.raises(TypeError, match=r"got int64; pass x.astype\(float\)"):
        Tensor([1, 2])


def test_backward_from_more_than_one_number_is_refused():
    x = Tensor([1.0, 2.0])
    with Tape() as tape:
        y = x * x
    with pytest.raises(ValueError, match=r"shape \(2,\); reduce it first"):
        tape.gradient(y, x)
    assert not tape.spent


def test_a_second_backward_is_refused():
    x = Tensor([1.0])
    with Tape() as tape:
        y = x.sum()
    tape.gradient(y, x)
    with pytest.raises(RuntimeError, match=r"spent.*run the forward pass again"):
        tape.gradient(y, x)
    with pytest.raises(RuntimeError, match="a tape records once"):
        tape.__enter__()


@pytest.mark.parametrize("value", [3.0, np.float64(3), Tensor(3.0)])
def test_a_value_from_elsewhere_is_refused(value):
    with Tape() as tape:
        Tensor([1.0]).sum()
    with pytest.raises(ValueError, match="does not lead to the value"):
        tape.gradient(value, Tensor([1.0]))


def test_tapes_do_not_nest_and_an_error_ends_the_recording():
    with Tape(), pytest.raises(RuntimeError, match="do not nest"):
        value_and_gradient(lambda x: x.sum(), [1.0])
    with pytest.raises(ZeroDivisionError), Tape():
        raise ZeroDivisionError
    assert value_and_gradient(lambda x: x.sum(), [1.0])[0] == 1


@pytest.mark.parametrize(
    "f",
    [
        lambda x: np.fft.fft(x),
        lambda x: np.arctan(x),
        lambda x: np.add.accumulate(x),
        lambda x: np.exp(x, where=np.array([True, False])),
    ],
)
def test_a_function_without_a_derivative_is_refused_by_name(f):
    with pytest.raises(TypeError, match="no derivative here"), Tape():
        f(Tensor([1.0, 2.0]))


def test_a_history_is_not_lost_by_becoming_an_array():
    with pytest.raises(TypeError, match=r"write x\.data"):
        np.asarray(Tensor([1.0]))


def test_a_history_is_not_lost_by_becoming_a_number():
    with Tape(), pytest.raises(TypeError, match=r"x\.item\(\)"):
        math.sqrt(Tensor(2.0))
    assert Tensor([2.0]).item() == 2


def test_changing_in_place_is_refused():
    x = Tensor([1.0])
    with pytest.raises(TypeError, match=r"write x = x \+ y"):
        x += 1
    array = np.ones(1)
    with pytest.raises(TypeError, match="in place"):
        array += x


def test_wrong_shapes_say_which_and_what_to_do():
    a, b = Tensor(np.ones((2, 3))), Tensor(np.ones((2, 3)))
    with pytest.raises(ValueError, match=r"matmul of shapes \(2, 3\) and \(2, 3\): the last axis"):
        a @ b
    with pytest.raises(ValueError, match=r"add of shapes \(2, 3\) and \(4,\): they must be equal"):
        a + np.ones(4)


def test_a_gradient_function_of_the_wrong_shape_is_found():
    @primitive
    def wrong(x):
        return x * 2, lambda g: g.sum()

    x = Tensor([1.0, 2.0])
    with Tape() as tape:
        y = wrong(x).sum()
    with pytest.raises(ValueError, match=r"wrong returned shape \(\) for an input of shape \(2,\)"):
        tape.gradient(y, x)


def test_a_tensor_where_a_constant_belongs_is_refused():
    with Tape(), pytest.raises(TypeError, match="clip has derivatives by its first 1 arguments"):
        np.clip(Tensor([1.0]), Tensor(0.0), 1.0)


def test_the_readme_example_of_an_operation_of_ones_own():
    @primitive
    def cube(x):
        return x**3, lambda g: g * 3 * x**2

    assert value_and_gradient(lambda x: cube(x).sum(), [2.0]) == (8.0, pytest.approx([12.0]))
