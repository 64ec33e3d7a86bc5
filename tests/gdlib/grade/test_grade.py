"""``grade`` and ``check``: verdicts on answers of every odd sort, and messages that climb."""

import subprocess
import sys
from fractions import Fraction

import numpy as np
import pytest

from gdlib.exercises import load
from gdlib.grade import Result, check, grade
from gdlib.optim import gradient_descent


@pytest.fixture(autouse=True)
def state(tmp_path, monkeypatch):
    file = tmp_path / "progress.json"
    monkeypatch.setenv("GDLIB_STATE", str(file))
    return file


def one_line(result):
    return " ".join(result.message.split())


def momentum_step(x, g, v, lr, beta):
    v = beta * v + (1 - beta) * g
    return x - lr * v, v


class TestFunctions:
    @pytest.mark.parametrize("answer", [None, ..., lambda *_: None])
    def test_nothing_is_not_attempted(self, answer):
        assert grade("momentum_step", answer).status == "not attempted"

    def test_not_implemented_is_not_attempted(self):
        def answer(x, g, v, lr, beta):
            raise NotImplementedError

        assert grade("momentum_step", answer).status == "not attempted"

    def test_a_forgotten_return_is_not_taken_for_the_stub(self):
        def answer(x, g, v, lr, beta):
            v = beta * v + g

        result = grade("momentum_step", answer)
        assert result.status == "failed"
        assert "returns None. Is a return missing?" in one_line(result)

    def test_an_exception_is_shown_with_its_line_and_the_arguments(self):
        def answer(x, g, v, lr, beta):
            return x - lr * undefined, v  # noqa: F821

        message = one_line(grade("momentum_step", answer))
        assert "raises NameError" in message
        assert ": return x - lr * undefined, v" in message
        assert "For x = [1, -2], g = [2, -3], v = [0, 0], lr = 0.5, beta = 0.9" in message

    def test_sys_exit_and_endless_recursion_are_survived(self):
        def answer(x, g, v, lr, beta):
            sys.exit(0)

        def recursive(x, g, v, lr, beta):
            return recursive(x, g, v, lr, beta)

        assert "calls sys.exit" in grade("momentum_step", answer).message
        assert "RecursionError" in grade("momentum_step", recursive).message

    def test_functions_of_math_are_pointed_at_numpy(self):
        import math

        def answer(x, g, v, lr, beta):
            return x - math.sqrt(g), v

        assert "np.sqrt" in grade("momentum_step", answer).message

    @pytest.mark.parametrize("argument", ["x", "v"])
    def test_a_changed_argument_is_a_mistake_even_where_the_values_are_right(self, argument):
        def answer(x, g, v, lr, beta):
            if argument == "v":
                v *= beta
                v += g
                return x - lr * v, v
            new = beta * v + g
            x -= lr * new
            return x, new

        result = grade("momentum_step", answer)
        assert result.mistake == "changes its arguments"
        assert f"the caller's {argument} still" in result.message
        assert "in place" in result.message_at(2)

    def test_memory_between_calls_is_a_mistake(self):
        calls = []

        def answer(x, g, lr):
            calls.append(1)
            return x - lr * g * (1 if len(calls) <= 4 else 2)

        assert grade("gradient_descent_step", answer).mistake == "remembers the last call"

    @pytest.mark.parametrize(
        ("returned", "says"),
        [
            (lambda x: x, "returns an array of float64 of shape (2,), expected 2 values: x, v"),
            (lambda x: (x, x, x), "returns a tuple of 3, expected 2 values"),
            (lambda x: {"x": x, "v": x}, "returns a dict of 2, expected 2 values"),
            (lambda x: (x, x[:1]), "your v has shape (1,), expected (2,), that of x"),
            (lambda x: (x, 0.0), "your v has shape (), expected (2,), that of x"),
            (lambda x: (x > 0, x), "your x is an array of bool of shape (2,), expected real"),
            (lambda x: (x, x * 1j), "your v is an array of complex128"),
            (lambda x: ("x", x), "your x is the text 'x', expected real numbers"),
            (lambda x: (x, None), "your v is None, expected real numbers"),
            (lambda x: ([x, [1.0]], x), "your x is no array of numbers"),
            (lambda x: (x, x * np.nan), "yours gives v = [nan, nan]"),
        ],
    )
    def test_a_value_of_another_form_is_shown_beside_what_was_expected(self, returned, says):
        def answer(x, g, v, lr, beta):
            new = beta * v + g
            return returned(x - lr * new)

        result = grade("momentum_step", answer)
        assert (result.status, result.mistake) == ("failed", None)
        assert says in one_line(result)

    def test_a_comma_after_the_return_value_is_noticed(self):
        result = grade("gradient_descent_step", lambda x, g, lr: (x - lr * g,))
        assert "Is there a comma" in one_line(result)

    @pytest.mark.parametrize(
        ("answer", "says"),
        [
            (0.5, "A function is asked for, momentum_step(x, g, v, lr, beta); got 0.5"),
            (lambda x, g, v: (x, v), "The arguments differ"),
            (lambda x, g, lr, beta, v: (x, v), "The arguments stand in another order"),
        ],
    )
    def test_another_signature_is_shown_beside_the_one_expected(self, answer, says):
        assert says in one_line(grade("momentum_step", answer))

    def test_callables_of_every_kind_and_other_names_of_arguments_are_welcome(self):
        class Step:
            def __call__(self, a, b, rate):
                return a - rate * b

        assert grade("gradient_descent_step", Step()).status == "passed"
        assert grade("gradient_descent_step", lambda *a: a[0] - a[2] * a[1]).status == "passed"
        rule = gradient_descent.step
        wrapped = np.frompyfunc(lambda x, g, lr: rule(x, g, None, lr)[0], 3, 1)
        assert "expected real numbers" in grade("gradient_descent_step", wrapped).message


class TestNumbers:
    @pytest.mark.parametrize(
        "value", [0.05, np.float32(0.05), np.array(0.05), np.array([0.05]), Fraction(1, 20)]
    )
    def test_the_right_number_passes_in_every_form(self, value):
        assert grade("largest_stable_lr", value).status == "passed"

    @pytest.mark.parametrize("value", [None, ...])
    def test_nothing_is_not_attempted(self, value):
        assert grade("largest_stable_lr", value).status == "not attempted"

    @pytest.mark.parametrize(
        ("value", "says"),
        [
            ("0.05", "got the text '0.05'"),
            (True, "got a bool: True"),
            ([0.05, 0.1], "got a list of 2"),
            (1j, "got a complex: 1j"),
            (lambda: 0.05, "got a function"),
            (float("nan"), "A finite number is asked for, got nan"),
            (float("inf"), "got inf"),
        ],
    )
    def test_something_else_is_refused(self, value, says):
        result = grade("largest_stable_lr", value)
        assert (result.status, result.mistake) == ("failed", None)
        assert says in one_line(result)


class TestCheck:
    def test_messages_climb_from_question_to_explanation_to_what_was_expected(self, capsys):
        said = []
        for _ in range(3):
            assert check(momentum_step) is None
            said.append(" ".join(capsys.readouterr().out.split()))
        mistake = next(m for m in load("momentum_step").mistakes if m.name == "averaging form")
        assert [mistake.question in text for text in said] == [True, True, True]
        assert [mistake.explanation in text for text in said] == [False, True, True]
        assert ["Expected: x = [" in text for text in said] == [False, False, True]

    def test_another_mistake_starts_with_its_question_again(self, capsys):
        for _ in range(3):
            check("largest_stable_lr", 0.1)
        capsys.readouterr()
        check("largest_stable_lr", 0.025)
        assert "Expected" not in capsys.readouterr().out

    def test_a_pass_is_a_short_stable_line(self, capsys):
        check("largest_stable_lr", 0.05)
        first = capsys.readouterr().out
        check("largest_stable_lr", 0.05)
        assert capsys.readouterr().out == first
        assert first.startswith("largest_stable_lr: passed.\n")

    def test_a_function_is_checked_under_its_own_name(self, capsys):
        check(momentum_step)
        assert capsys.readouterr().out.startswith("momentum_step: not yet.")
        with pytest.raises(ValueError, match="no exercise is called 'one_line'"):
            check(one_line)

    def test_a_value_without_a_name_is_refused(self):
        with pytest.raises(TypeError, match="a name and a value"):
            check(0.05)

    def test_grade_records_nothing(self, state):
        grade("momentum_step", momentum_step)
        assert not state.exists()

    def test_grading_loads_no_torch_and_no_matplotlib(self):
        script = (
            "import sys; from gdlib.grade import grade; grade('adam_step', None);"
            "grade('diverging_run', {}); print({'torch', 'matplotlib', 'rich'} & set(sys.modules))"
        )
        done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
        assert done.stdout.strip() == "set()"


def test_a_result_survives_the_way_through_text():
    result = grade("momentum_step", momentum_step)
    assert Result.from_json(result.to_json()) == result


def test_an_unknown_exercise_is_refused():
    with pytest.raises(ValueError, match="no exercise is called 'rprop_step'"):
        grade("rprop_step", momentum_step)
