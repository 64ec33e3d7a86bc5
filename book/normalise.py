"""The normal form of a notebook, and what keeps a notebook out of it.

    python -m book.normalise chapters/*.ipynb            # rewrite in normal form
    python -m book.normalise --execute chapters/*.ipynb  # run first, then rewrite
    python -m book.normalise --check chapters/*.ipynb    # change nothing, report, exit 1

A committed notebook keeps the text of its outputs, so that the tests can compare every printed
number with a fresh run, and drops what is large or differs between two runs: images, widget HTML,
widget state, editor metadata.
"""

import argparse
import re
import sys
from copy import deepcopy
from hashlib import sha256
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError

METADATA = {
    "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}
CELL_METADATA = ("jupyter", "mystnb", "tags")
KEPT_MIME = ("text/plain", "text/latex", "text/markdown")
PICTURE = re.compile(r"<(Figure size|IPython\.core\.display\.(Image|SVG) object)")
ADDRESS = re.compile(r"\b0x[0-9a-f]{6,}")


def normalise(notebook):
    """Return a copy of `notebook` in normal form; outputs are trimmed, none are added."""
    nb = deepcopy(notebook)
    nb.metadata = nbformat.from_dict(METADATA)
    nb.nbformat, nb.nbformat_minor = 4, 5
    count, seen = 0, set()
    for position, cell in enumerate(nb.cells):
        cell.metadata = {k: v for k, v in cell.metadata.items() if k in CELL_METADATA and v}
        cell.source = cell.source.strip("\n")
        if cell.get("id", "") in seen | {""}:
            cell["id"] = sha256(f"{position}{cell.source}".encode()).hexdigest()[:8]
        seen.add(cell["id"])
        cell.pop("attachments", None)
        if cell.cell_type == "code":
            count += 1
            if cell.execution_count is not None:
                cell.execution_count = count
            cell.outputs = _outputs(cell)
    return nb


def _outputs(cell):
    """The outputs of `cell` without images, HTML and noise; neighbouring streams are one."""
    kept = []
    for output in cell.outputs:
        if output.output_type == "stream":
            if kept and kept[-1].output_type == "stream" and kept[-1].name == output.name:
                kept[-1].text += output.text
                continue
        elif output.output_type != "error":
            output.data = {k: v for k, v in output.data.items() if k in KEPT_MIME}
            output.metadata = {}
            if output.output_type == "execute_result":
                output.execution_count = cell.execution_count
        kept.append(output)
    return kept


def problems(notebook):
    """List what only the author can mend, one line each: `cell 7: …`."""
    found = []
    for position, cell in enumerate(notebook.cells, 1):
        if cell.cell_type == "code":
            found += [f"cell {position}: {text}" for text in _cell_problems(cell)]
    return found


def _cell_problems(cell):
    if not cell.source.strip():
        yield "is empty; delete it"
        return
    if cell.execution_count is None:
        yield "was never run, so the tests would not compare it; run the notebook"
    for output in cell.outputs:
        if output.output_type == "error":
            yield f"raises {output.ename}: {output.evalue}"
        elif output.output_type == "stream" and output.name == "stderr":
            yield f"writes to stderr: {output.text.strip()[:80]!r}; mend what warns"
        elif output.output_type != "stream" and "text/plain" not in output.data:
            yield "has an output without text/plain; give its object a __repr__"
        if ADDRESS.search(_text(output)):
            yield f"prints a memory address, which differs in every run: {_text(output)[:80]!r}"
    pictures = sum(_is_picture(output) for output in cell.outputs)
    if pictures > 1:
        yield f"draws {pictures} figures, but can describe one; split the cell"
    image = cell.metadata.get("mystnb", {}).get("image", {})
    if pictures and len(image.get("alt", "").split()) < 5:
        yield (
            "draws a figure without a description; add cell metadata "
            '{"mystnb": {"image": {"alt": "what the figure shows, in a sentence"}}}'
        )


def _text(output):
    return output.get("text") or output.get("data", {}).get("text/plain", "")


def _is_picture(output):
    """A figure is told by its image, or, once that is dropped, by the name of its class."""
    data = output.get("data", {})
    return any(mime.startswith("image/") for mime in data) or bool(PICTURE.match(_text(output)))


def execute(notebook, folder):
    """Run every cell of `notebook` in `folder` with a fresh kernel; stop at the first error."""
    NotebookClient(
        notebook, timeout=120, kernel_name="python3", resources={"metadata": {"path": str(folder)}}
    ).execute()
    return notebook


def read(path):
    """Read a notebook; fail early if it is none."""
    try:
        return nbformat.read(path, as_version=4)
    except Exception as error:
        raise ValueError(f"{path} is not a notebook: {error}; is a merge conflict left?") from error


def dumps(notebook):
    """The text of a notebook file: one space of indent, keys sorted, a final newline."""
    return nbformat.writes(notebook, version=4) + "\n"


def main(argv=None):
    """Normalise, execute or check the notebooks named on the command line."""
    parser = argparse.ArgumentParser(prog="python -m book.normalise", description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("notebooks", nargs="*", type=Path)
    parser.add_argument("--execute", action="store_true", help="run the notebooks first")
    parser.add_argument("--check", action="store_true", help="write nothing, only report")
    args = parser.parse_args(argv)
    failed = False
    for path in args.notebooks:
        notebook = read(path)
        if args.execute:
            print(f"{path}: running", flush=True)
            try:
                execute(notebook, path.parent)
            except CellExecutionError as error:
                print(f"{path}: {error}")
                failed = True
                continue
        found = problems(notebook)
        text = dumps(normalise(notebook))
        if text != path.read_text(encoding="utf8"):
            if args.check:
                found.append("is not in normal form; run: python -m book.normalise " + str(path))
            else:
                path.write_text(text, encoding="utf8")
                print(f"{path}: written")
        for line in found:
            print(f"{path}: {line}")
        failed |= bool(found)
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
