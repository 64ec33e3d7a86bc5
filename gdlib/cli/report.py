"""Grade the exercises in a folder and print a table of verdicts.

Each exercise runs in a process of its own, so an endless loop or a crash in one of them leaves the
others alone. The exit status is 0 if all have passed, 1 if not.
"""

import json
import sys
from pathlib import Path

from rich.console import Console
from rich.table import Table
from rich.text import Text

from gdlib.cli.runner import run
from gdlib.exercises import load, names
from gdlib.grade import Result, progress

_STYLES = {"passed": "green", "not attempted": "dim", "failed": "yellow"}


def grade_folder(folder, timeout, json_file=None, record=True):
    """Grade, report, and return the exit status.

    json_file: where to write the verdicts, too; "-" writes them to stdout, without the table.
    record: whether tries and passes are counted for ``solution``.
    """
    order = names()
    if not any((folder / f"{name}.py").exists() for name in order):
        hint = f"No exercises in {folder}. To write them: python -m gdlib exercises {folder}"
        print(hint, file=sys.stderr)
    verdicts = sorted(run(folder, order, timeout), key=lambda v: order.index(v.exercise))
    messages = {v.exercise: _message(v, record) for v in verdicts}
    if json_file is not None:
        _write_json(json_file, verdicts, messages)
    if json_file != "-":
        _print_table(verdicts, messages)
    return 0 if all(v.outcome == "passed" for v in verdicts) else 1


def _label(verdict):
    """The verdict in few words: the mistake's name where it has one."""
    return (verdict.result and verdict.result.mistake) or verdict.outcome


def _message(verdict, record):
    """Count the try; return what to tell, more each time the same thing goes wrong."""
    result, outcome = verdict.result, verdict.outcome
    if result is None and outcome in ("crashed", "timed out"):
        result = Result(verdict.exercise, "failed", outcome, ())
    times = progress.record(result) if record and result is not None else 1
    return verdict.result.message_at(times) if verdict.result else verdict.message


def _write_json(file, verdicts, messages):
    rows = [
        {
            "exercise": v.exercise,
            "chapter": load(v.exercise).chapter,
            "verdict": _label(v),
            "status": v.outcome,
            "mistake": v.result.mistake if v.result else None,
            "message": messages[v.exercise],
            "seconds": round(v.seconds, 3),
        }
        for v in verdicts
    ]
    passed = sum(v.outcome == "passed" for v in verdicts)
    whole = {"passed": passed, "exercises": len(rows), "verdicts": rows}
    text = json.dumps(whole, indent=1, ensure_ascii=False) + "\n"
    if file == "-":
        sys.stdout.write(text)
    else:
        Path(file).write_text(text, encoding="utf-8")


def _print_table(verdicts, messages):
    console = Console()
    table = Table("exercise", "chapter", "verdict")
    for v in verdicts:
        label = Text(_label(v), _STYLES.get(v.outcome, "red"))
        table.add_row(v.exercise, load(v.exercise).chapter, label)
    console.print(table)
    for v in verdicts:
        if v.outcome not in ("passed", "not attempted"):
            heading = "" if v.result else f"{v.exercise}: {v.outcome}.\n"
            console.print(Text(f"\n{heading}{messages[v.exercise]}"), soft_wrap=True)
    passed = sum(v.outcome == "passed" for v in verdicts)
    untouched = sum(v.outcome == "not attempted" for v in verdicts)
    bar = "■" * passed + "□" * (len(verdicts) - passed)
    line = f"\n{bar}  {passed} of {len(verdicts)} passed"
    console.print(line + (f", {untouched} not attempted" if untouched else ""))
