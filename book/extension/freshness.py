"""Run the notebooks again when what they import has changed.

The execution cache knows a notebook by its cells alone. So a hash over the library and the pinned
packages is kept beside the cache: when it differs, the cache is dropped and every page made anew.
"""

import shutil
from hashlib import sha256
from pathlib import Path

LIBRARY = ("gdlib/**/*.py", "gdlib/**/*.js", "gdlib/**/*.css", "gdlib/**/*.mjs")
PINS = ("requirements.txt", "constraints.txt")


def fingerprint(root):
    """One hash over the names and the bytes of the library's files and the pinned packages."""
    total = sha256()
    for path in sorted(path for pattern in (*LIBRARY, *PINS) for path in root.glob(pattern)):
        total.update(f"{path.relative_to(root)}\0".encode() + path.read_bytes() + b"\0")
    return total.hexdigest()


def drop_stale_cache(app, config):
    """Remove the execution cache if it was filled by another state of the library."""
    build = Path(app.outdir).parent
    app.gdlib_fingerprint = fingerprint(Path(app.srcdir))
    kept = build / "library.sha256"
    app.gdlib_changed = not kept.exists() or kept.read_text() != app.gdlib_fingerprint
    if app.gdlib_changed:
        shutil.rmtree(build / ".jupyter_cache", ignore_errors=True)


def outdated(app, env, added, changed, removed):
    """Every page that shows the library: chapters run it, the API reference quotes it."""
    if not app.gdlib_changed:
        return []
    return [name for name in env.found_docs if name.startswith("chapters/") or name == "book/api"]


def remember(app, exception):
    """After a build without an error, the cache belongs to this state of the library."""
    if exception is None:
        (Path(app.outdir).parent / "library.sha256").write_text(app.gdlib_fingerprint)


def setup(app):
    """Connect to Sphinx; the cache must go before myst-nb opens it at builder-inited."""
    app.connect("config-inited", drop_stale_cache)
    app.connect("env-get-outdated", outdated)
    app.connect("build-finished", remember)
