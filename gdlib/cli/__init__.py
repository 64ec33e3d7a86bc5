"""The command line, ``python -m gdlib``: a module for each command and those they share."""
