"""The script and the style of the sliders, as text."""

import re
import subprocess
import sys

import pytest

from gdlib.forms.javascript import rule_javascript
from gdlib.optim import adam, momentum
from gdlib.rule import short_name
from gdlib.widget import bundle

CODE = {f"rule:{short_name(rule)}": rule_javascript(rule) for rule in (momentum, adam)}


def test_the_page_script_is_classic_and_holds_the_code():
    script = bundle.page_script(CODE)
    assert script.startswith("(() => {")
    assert '"rule:adam": {' in script
    assert not re.search(r"^\s*(import|export)\b|\beval\(|\bnew Function\b", script, re.MULTILINE)
    assert "http" not in script.replace("http://www.w3.org/2000/svg", "")


def test_notebooks_run_the_same_shell_as_pages():
    module = bundle.module(CODE)
    assert bundle.shell() in module
    assert bundle.shell() in bundle.page_script(CODE)
    assert module.rstrip().endswith(
        "export default { render: (context) => renderInNotebook(context, registry) };"
    )


def test_the_order_of_the_code_does_not_matter():
    assert bundle.page_script(CODE) == bundle.page_script(dict(reversed(CODE.items())))


def test_every_file_of_the_shell_is_used():
    names = {p.name for p in bundle.files("gdlib.widget").joinpath("shell").iterdir()}
    assert names == {f"{name}.js" for name in bundle.SHELL} | {"style.css"}


def test_the_style_stays_inside_the_figures():
    rules = re.sub(r"/\*.*?\*/", "", bundle.style(), flags=re.DOTALL)
    for selectors in re.findall(r"(?:^|[{};])([^{}@;]+)\{", rules):
        for selector in re.split(r",(?![^(]*\))", selectors):
            assert "gdlib-" in selector, selector


def test_a_name_that_would_break_the_script_is_refused():
    with pytest.raises(ValueError, match="must be plain text"):
        bundle.page_script({'x": 1}; //': "{}"})


def test_the_widgets_load_neither_matplotlib_nor_torch():
    code = (
        "import sys, gdlib.widget; "
        "print([m for m in ('matplotlib', 'torch', 'contourpy') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
