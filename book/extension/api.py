"""The API reference, made from the docstrings.

The line `<!-- api -->` of a page becomes one section per public module of gdlib, in the order in
which data flows through them (`FLOW`, then the alphabet). The sources are read, not imported:
nothing heavy is loaded, and what a module does when imported cannot change the page. Docstrings
are Markdown. On the same page the word REPOSITORY becomes the address in _config.yml.
"""

import ast
import inspect
import re
from pathlib import Path

MARK = "<!-- api -->"
FLOW = """ops objective gradient autograd activation initializer loss clip schedule layers optim
    variant descent train forms data plot widget exercises grade"""


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

    order = ["", *FLOW.split()]

    def place(item):
        stem = item[0].partition(".")[2].partition(".")[0]
        return order.index(stem) if stem in order else len(order), item

    return sorted(found, key=place)


def section(name, path):
    """The Markdown of one module: its docstring, then its public functions and classes."""
    text = path.read_text(encoding="utf8")
    tree = ast.parse(text)
    lines = [f"## {name}", "", document(tree), "", f":::::{{py:module}} {name}", ":::::", ""]
    for node in tree.body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef) and not node.name.startswith("_"):
            lines += entry(node, 6, "function")
        elif isinstance(node, ast.Assign) and re.match(r"[a-z]\w* = [A-Z]", ast.unparse(node)):
            lines += instance(node, text.splitlines())
    return lines


def instance(node, text):
    """An object that the module offers, such as an objective, with the comment above it."""
    comment, line = [], node.lineno - 2
    while text[line].startswith("# "):
        comment.insert(0, text[line][2:])
        line -= 1
    return [f":::::{{py:data}} {node.targets[0].id}", "", *comment, "", ":::::", ""]


def entry(node, fence, kind):
    """One function, or one class with its public methods, as a directive of the Python domain."""
    body = []
    if isinstance(node, ast.ClassDef):
        kind, shown = "class", constructor(node)
        for method in node.body:
            if isinstance(method, ast.FunctionDef) and not method.name.startswith("_"):
                body += entry(method, fence - 1, "method")
    elif f"{node.name}.setter" in map(ast.unparse, node.decorator_list):
        return []
    elif "property" in map(ast.unparse, node.decorator_list):
        kind, shown = "property", ""
    else:
        shown = signature(node)
    marks = ":" * fence
    return [f"{marks}{{py:{kind}}} {node.name}{shown}", "", document(node), "", *body, marks, ""]


def constructor(node):
    """How a class is called: by its `__init__`, else by its fields, as dataclasses are."""
    for item in node.body:
        if isinstance(item, ast.FunctionDef) and item.name == "__init__":
            return signature(item)
    fields = [item.target.id for item in node.body if isinstance(item, ast.AnnAssign)]
    return f"({', '.join(fields)})" if fields else ""


def signature(function):
    """`(x, lr=0.1)`: names and defaults, without self and annotations."""
    arguments = function.args
    for argument in ast.walk(arguments):
        if isinstance(argument, ast.arg):
            argument.annotation = None
    text = ast.unparse(arguments)
    return f"({re.sub(r'^(self|cls)(, |$)', '', text)})"


def document(node):
    """The docstring as Markdown: titles set bold, their entries a list, examples fenced."""
    text = inspect.cleandoc(ast.get_docstring(node) or "").replace("$", r"\$")
    text = re.sub(r"(?m)^((?:>>>|\.\.\.) .*(?:\n(?!\n).*)*)", r"```python\n\1\n```", text)
    return re.sub(r"(?m)^(\w[\w ]*)\n-{3,}\n((?:.+\n?)*)", titled, text)


def titled(match):
    """One section of a docstring: `name: what it is` becomes an item, other lines go on."""
    items = re.sub(r"(?m)^([\w*][\w*, ]*): ", r"- `\1`: ", match[2])
    items = re.sub(r"(?m)^(?!- )\s*(?=\S)", "  ", items)
    return f"**{match[1]}**\n\n{items}"


def fill(app, docname, source):
    """Put the sections in the place of the mark."""
    if MARK in source[0]:
        lines = [line for name, path in modules(Path(app.srcdir)) for line in section(name, path)]
        address = app.config.html_theme_options["repository_url"]
        source[0] = source[0].replace("REPOSITORY", address).replace(MARK, "\n".join(lines))


def setup(app):
    """Fill the page when it is read."""
    app.connect("source-read", fill)
