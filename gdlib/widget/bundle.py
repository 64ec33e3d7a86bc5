"""Script and style of the sliders: the same text for notebooks and for pages.

The shell knows no rule. ``code`` brings the rules and objectives of the figures at hand, printed
from their Python source: ``{"rule:momentum": "{…}", "objective:quadratic": "{…}"}``.
"""

from functools import cache
from importlib.resources import files

# In the order in which they use each other.
SHELL = (
    "model",
    "elements",
    "numbers",
    "run",
    "stability",
    "contour",
    "plane",
    "chart",
    "controls",
    "places",
    "words",
    "panel",
    "descent",
    "curves",
    "mount",
)


def page_script(code):
    """One classic script for a page: it mounts every figure once the page has been read.

    It uses no module, no eval and no network, so it works from a file.
    """
    body = f'"use strict";\n{shell()}\n{_registry(code)}\nmountWhenReady(registry);'
    return f"(() => {{\n{body}\n}})();\n"


def module(code):
    """The ES module that anywidget loads in a notebook."""
    entry = "export default { render: (context) => renderInNotebook(context, registry) };"
    return f"{shell()}\n{_registry(code)}\n{entry}\n"


@cache
def style():
    """The style sheet; all of it applies inside .gdlib-widget only."""
    return _read("style.css")


@cache
def shell():
    """The part of the script that is the same for all figures."""
    return "\n".join(_read(f"{name}.js") for name in SHELL)


def _registry(code):
    entries = "".join(f"{_quoted(name)}: {text},\n" for name, text in sorted(code.items()))
    return f"const registry = {{\n{entries}}};"


def _quoted(name):
    if '"' in name or "\\" in name or "\n" in name:
        raise ValueError(f"a name in the script must be plain text, got {name!r}")
    return f'"{name}"'


def _read(name):
    return files("gdlib.widget").joinpath("shell", name).read_text(encoding="utf8")
