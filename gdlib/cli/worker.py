"""One exercise in a process of its own, which may hang, crash or exit as it likes.

The parent writes one line of JSON on stdin: the exercise, the learner's file, where to put the
verdict, and a number that only the two of them know. The learner's code gets an empty stdin, and
whatever it prints is not the verdict.
"""

import faulthandler
import importlib.util
import json
import os
import sys
import traceback

from gdlib.grade import grade


def main():
    """Judge what stdin asks for, write the verdict and end at once."""
    request = json.loads(sys.stdin.readline())
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    faulthandler.enable()
    process = os.getpid()
    verdict = _judge(request["name"], request["file"])
    if os.getpid() == process:  # not in a process that the learner's code has forked
        with open(request["verdict"] + ".new", "w", encoding="utf-8") as stream:
            stream.write(request["nonce"] + "\n" + json.dumps(verdict))
        os.replace(request["verdict"] + ".new", request["verdict"])
    os._exit(0)  # whatever threads and exit handlers the learner's code has left


def _judge(name, file):
    sys.path.append(os.path.dirname(file))  # last, so that it hides no other module
    try:
        spec = importlib.util.spec_from_file_location(f"learner_{name}", file)
        module = importlib.util.module_from_spec(spec)
        sys.modules[spec.name] = module
        spec.loader.exec_module(module)
    except SyntaxError as error:
        where = f"line {error.lineno}: {(error.text or '').strip()}"
        return {"failure": "syntax error", "message": f"{error.msg}, in {where}"}
    except SystemExit:
        return {"failure": "exited", "message": "the file calls sys.exit when it is imported"}
    except BaseException as error:
        return {"failure": "import error", "message": _what_and_where(error, file)}
    if not hasattr(module, name):
        return {"failure": "import error", "message": f"the file does not define {name}"}
    return {"result": grade(name, getattr(module, name)).to_json()}


def _what_and_where(error, file):
    text = f"{type(error).__name__}: {error}"
    lines = [f for f in traceback.extract_tb(error.__traceback__) if f.filename == file]
    return f"{text}, in line {lines[-1].lineno}: {lines[-1].line}" if lines else text


if __name__ == "__main__":
    main()
