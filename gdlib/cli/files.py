"""Write one file for each exercise, to be filled in with any editor.

A file that you have changed is kept as it is, unless --force is given.
"""

from gdlib.exercises import load, names

_CODE = '''"""Exercise {name}, chapter {chapter}. Fill in the function.

Check it by running this file, or all of them by: python -m gdlib grade DIR
"""

import numpy as np  # noqa: F401

from gdlib import check


{definition}


if __name__ == "__main__":
    {call}
'''
_VALUE = '''"""Exercise {name}, chapter {chapter}.

{task}

Check it by running this file, or all of them by: python -m gdlib grade DIR
"""

from gdlib import check

{definition}

if __name__ == "__main__":
    {call}
'''


def content(exercise):
    """The file of an exercise, not yet filled in."""
    template = _CODE if exercise.kind == "code" else _VALUE
    return template.format(
        name=exercise.name,
        chapter=exercise.chapter,
        task=exercise.task,
        definition=exercise.definition,
        call=exercise.call,
    )


def write(folder, force=False):
    """Write what is missing in ``folder`` and say what was done with each file.

    With ``force``, what the learner has changed is overwritten.
    """
    folder.mkdir(parents=True, exist_ok=True)
    kept = 0
    for name in names():
        path, text = folder / f"{name}.py", content(load(name))
        old = path.read_bytes() if path.exists() else None
        if old == text.encode():
            print(f"there already  {path}")
        elif old is not None and not force:
            kept += 1
            print(f"kept, yours    {path}")
        else:
            path.write_bytes(text.encode())
            print(f"{'overwritten' if old is not None else 'written':14} {path}")
    if kept:
        print("What you have changed was kept; --force starts those afresh, too.")
    print(f"Next: python -m gdlib grade {folder}")
