"""The formulas: as a paper would print them, and accepted by KaTeX."""

import json
from importlib.util import find_spec
from pathlib import Path

import pytest

from gdlib import gradient
from gdlib.forms.latex import rule_latex
from gdlib.forms.show import show_rule, show_source
from gdlib.optim import RULES, adam, gradient_descent, momentum, muon
from gdlib.variant import variant

KATEX = Path(find_spec("sphinxcontrib.katex").origin).with_name("katex.min.js")


def rows(rule):
    return rule_latex(rule).splitlines()[1:-1]


def test_gradient_descent():
    assert rows(gradient_descent) == [r"x_t &= x_{t-1} - \eta \, g_{t}"]


def test_momentum_has_time_indices():
    assert rows(momentum) == [
        r"v_{t} &= \beta \, v_{t-1} + g_{t} \\",
        r"x_t &= x_{t-1} - \eta \, v_{t}",
    ]


def test_adam_hides_its_step_count_and_keeps_its_hats():
    assert rows(adam) == [
        r"m_{t} &= \beta_{1} \, m_{t-1} + \left(1 - \beta_{1}\right) \, g_{t} \\",
        r"v_{t} &= \beta_{2} \, v_{t-1} + \left(1 - \beta_{2}\right) \, g_{t}^{2} \\",
        r"\hat{m}_t &= \frac{m_{t}}{1 - \beta_{1}^{t}} \\",
        r"\hat{v}_t &= \frac{v_{t}}{1 - \beta_{2}^{t}} \\",
        r"x_t &= x_{t-1} - \frac{\eta \, \hat{m}_t}{\sqrt{\hat{v}_t} + \epsilon}",
    ]


@pytest.mark.parametrize(
    ("code", "latex"),
    [
        ("x - (g - v)", r"x_{t-1} - \left(g_{t} - v_{t}\right)"),
        ("x - g - v", r"x_{t-1} - g_{t} - v_{t}"),
        ("-(x + g) * v", r"-\left(x_{t-1} + g_{t}\right) \, v_{t}"),
        ("g * -(x + v)", r"g_{t} \, \left(-\left(x_{t-1} + v_{t}\right)\right)"),
        ("-g - v + -x", r"-g_{t} - v_{t} + \left(-x_{t-1}\right)"),
        ("2 * 3e-8 * g", r"2 \cdot 3 \cdot 10^{-8} \, g_{t}"),
        ("(g * v)**2", r"\left(g_{t} \, v_{t}\right)^{2}"),
        ("(g**2)**beta", r"\left(g_{t}^{2}\right)^{\beta}"),
        ("(-g)**2", r"\left(-g_{t}\right)^{2}"),
        ("sign(g) * abs(v)", r"\operatorname{sign}\left(g_{t}\right) \, \left|v_{t}\right|"),
        ("maximum(g, exp(v))", r"\max\left(g_{t}, \exp\left(v_{t}\right)\right)"),
        (
            "where(lr < 1e-8, g, 2.5e-9)",
            r"\begin{cases} g_{t} & \text{if } \eta < 10^{-8} \\ 2.5 \cdot 10^{-9} & "
            r"\text{otherwise} \end{cases}",
        ),
    ],
)
def test_expressions(code, latex):
    rule = variant(momentum, ("x - lr * v", code))
    assert rows(rule)[-1] == f"x_t &= {latex}"


def test_field_that_is_returned_as_an_expression_gets_its_line():
    rule = variant(momentum, ("State(v)", "State(v + lr * g)"))
    assert rows(rule)[1] == r"v_{t} &= v_{t} + \eta \, g_{t} \\"


def test_katex_accepts_every_formula(run_javascript):
    codes = ["where(lr < 1, (g**2)**beta, abs(g))", "maximum(x, minimum(g, sqrt(abs(v))))"]
    odd = [variant(momentum, ("x - lr * v", code)) for code in codes]
    formulas = [rule_latex(rule) for rule in (*RULES, *odd) if rule is not muon]
    script = f"""
        const katex = require({json.dumps(str(KATEX))});
        console.log(JSON.stringify({json.dumps(formulas)}.map((f) =>
          katex.renderToString(f, {{displayMode: true, throwOnError: true, strict: "error"}}))));
    """
    pages = run_javascript(script)
    assert len(pages) == len(formulas)
    assert all("katex-error" not in page and "katex-html" in page for page in pages)


def test_shown_formula_and_source_are_notebook_outputs():
    assert show_rule(momentum)._repr_latex_().startswith("$$\n\\begin{aligned}")
    source = show_source(momentum)
    assert source._repr_markdown_().startswith("```python\nclass State")
    assert "def step(x, g, state, lr=1e-3, beta=0.9):" in repr(source)


def test_shown_source_of_a_variant_is_its_step():
    ema = variant(momentum, ("+ g", "+ (1 - beta) * g"))
    assert repr(show_source(ema)).startswith("def step")
    assert "(1 - beta) * g" in repr(show_source(ema))


def test_shown_source_of_what_is_no_rule_is_all_of_it():
    assert repr(show_source(gradient.check_gradient)).startswith("def check_gradient(f, gradient")
    whole = repr(show_source(gradient))
    assert "class GradientCheck" in whole
    assert "def _differences" in whole
