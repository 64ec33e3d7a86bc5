"""``python -m gdlib``: write the exercises as files, grade them, look at a solution."""

import sys

from gdlib.cli.arguments import main

if __name__ == "__main__":
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(errors="replace")  # a terminal without √ shows ? for it
    sys.exit(main())
