"""What a notebook calls to show a rule: its formula, and its source."""

import inspect

from gdlib.forms.latex import rule_latex


class Formula:
    """A formula as a notebook output; ``text/latex`` renders both live and on the page."""

    def __init__(self, latex):
        self.latex = latex

    def _repr_latex_(self):
        return f"$$\n{self.latex}\n$$"

    def __repr__(self):
        return self.latex


class Source:
    """Python source as a notebook output, highlighted."""

    def __init__(self, text):
        self.text = text

    def _repr_markdown_(self):
        return f"```python\n{self.text}\n```"

    def __repr__(self):
        return self.text


def show_rule(rule):
    """The rule's formula, printed from the source of its step."""
    return Formula(rule_latex(rule))


def show_source(rule):
    """The source of the rule's State, init and step: all there is to it.

    Of a variant only the step is shown, since it shares the rest with the rule it varies; of a
    function or a module that is no rule, all of it.
    """
    if not hasattr(rule, "step"):
        return Source(inspect.getsource(rule).rstrip())
    if hasattr(rule, "variant_of"):
        return Source(inspect.getsource(rule.step).rstrip())
    parts = [inspect.getsource(part).rstrip() for part in (rule.State, rule.init, rule.step)]
    return Source("\n\n\n".join(parts))
