"""The API reference, made from the docstrings.

The line `<!-- api -->` of a page becomes one section per public module of gdlib, in the order in
which data flows through them. The sources are read, not imported: nothing heavy is loaded, and
what a module does when imported cannot change the page. Docstrings are Markdown.
"""

import ast
import re
from pathlib import Path

MARK = "<!-- api -->"
# Modules stand in the order in which data flows through them.
ORDER = tuple(
    """
    ops objective gradient autograd activation initializer loss clip schedule layers optim
    variant descent train forms data plot widget exercises grade
    """.split()  # noqa: SIM905
)


def modules(root):
    """Public modules of gdlib as (dotted name, path): the flow of data, then the alphabet."""
    found = []
    for path in (root / "gdlib").rglob("*.py"):
        parts = path.relative_to(root).with_suffix("").parts
        parts = parts[:-1] if parts[-1] == "__init__" else parts
        private = any(part.startswith("_") for part in parts)
        one_exercise = parts[1:2] == ("exercises",) and len(parts) > 2
        if not private and not one_exercise:
            found.append((".".join(parts), path))

    def place(item):
        stem = item[0].partition(".")[2].partition(".")[0]
        return ORDER.index(stem) if stem in ORDER else len(ORDER) if stem else -1, item

    return sorted(found, key=place)


def section(name, path):
    """The Markdown of one module: its docstring, then its public functions and classes."""
    tree = ast.parse(path.read_text(encoding="utf8"))
    lines = [f"## {name}", "", document(tree), "", f":::::{{py:module}} {name}", ":::::", ""]
    for node in tree.body:
        if not isinstance(node, ast.FunctionDef | ast.ClassDef) or node.name.startswith("_"):
            continue
        lines += entry(node, 6, "function")
    return lines


def entry(node, fence, kind):
    """One function, or one class with its public methods, as a directive of the Python domain."""
    marks = ":" * fence
    if isinstance(node, ast.ClassDef):
        head = [f"{marks}{{py:class}} {node.name}{signature(initializer(node))}"]
        members = [m for m in node.body if isinstance(m, ast.FunctionDef) and public(m)]
        body = [line for m in members for line in entry(m, fence - 1, "method")]
    else:
        head, body = [f"{marks}{{py:{kind}}} {node.name}{signature(node)}"], []
        if any(ast.unparse(d) == "property" for d in node.decorator_list):
            head = [f"{marks}{{py:property}} {node.name}"]
    return [*head, "", document(node), "", *body, marks, ""]


def public(function):
    return not function.name.startswith("_")


def initializer(node):
    """The `__init__` of a class, or None."""
    return next((m for m in node.body if getattr(m, "name", "") == "__init__"), None)


def signature(function):
    """`(x, lr=0.1)`: names and defaults, without self and annotations."""
    if function is None:
        return ""
    arguments = function.args
    for argument in ast.walk(arguments):
        if isinstance(argument, ast.arg):
            argument.annotation = None
    text = ast.unparse(arguments)
    return f"({re.sub(r'^(self|cls)(, |$)', '', text)})"


def document(node):
    """The docstring, with examples fenced so that Markdown keeps their lines."""
    text = ast.get_docstring(node) or ""
    text = re.sub(r"(?m)^((?:>>>|\.\.\.) .*(?:\n(?!\n).*)*)", r"```python\n\1\n```", text)
    return text.replace("$", r"\$")


def fill(app, docname, source):
    """Put the sections in the place of the mark."""
    if MARK in source[0]:
        lines = [line for name, path in modules(Path(app.srcdir)) for line in section(name, path)]
        source[0] = source[0].replace(MARK, "\n".join(lines))


def setup(app):
    """Fill the page when it is read."""
    app.connect("source-read", fill)
