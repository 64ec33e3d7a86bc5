"""Build again what is out of date for a reason that Sphinx or the execution cache cannot see.

The cache knows a notebook by its cells alone, so when the library or a pinned package has changed
the cache is dropped and the pages that show the library are made anew. Sphinx knows a page by its
text alone, so when style, templates or this extension have changed every page is. A hash over each
set of files, kept in the build folder, tells.
"""

import json
import shutil
from hashlib import sha256
from pathlib import Path

LIBRARY = ("gdlib/**/*.py", "gdlib/**/*.js", "gdlib/**/*.css", "gdlib/**/*.mjs")
PINS = ("requirements.txt", "constraints.txt")
SITE = ("book/static/*", "book/templates/**/*.html", "book/extension/*.py")


def fingerprint(root, patterns):
    """One hash over the names and the bytes of the files that match."""
    total = sha256()
    for path in sorted(path for pattern in patterns for path in root.glob(pattern)):
        total.update(f"{path.relative_to(root)}\0".encode() + path.read_bytes() + b"\0")
    return total.hexdigest()


def compare(app, config):
    """Find out what has changed since the last build; drop the cache if the library has."""
    root, build = Path(app.srcdir), Path(app.outdir).parent
    app.gdlib_seen = {
        "library": fingerprint(root, (*LIBRARY, *PINS)),
        "site": fingerprint(root, SITE),
    }
    kept = build / "seen.json"
    before = json.loads(kept.read_text()) if kept.exists() else {}
    app.gdlib_changed = {name for name, now in app.gdlib_seen.items() if before.get(name) != now}
    if "library" in app.gdlib_changed:
        shutil.rmtree(build / ".jupyter_cache", ignore_errors=True)


def outdated(app, env, added, changed, removed):
    """The pages to make anew: all, or those that run the library or quote it."""
    if "site" in app.gdlib_changed:
        return list(env.found_docs)
    if "library" in app.gdlib_changed:
        return [page for page in env.found_docs if page.startswith(("chapters/", "book/api"))]
    return []


def remember(app, exception):
    """After a build without an error, the pages belong to these states.

    Sphinx says a warning once and would let the next build pass: so after one with a warning every
    page is made anew.
    """
    if exception is None:
        seen = {**app.gdlib_seen, "site": None} if app._warncount else app.gdlib_seen
        (Path(app.outdir).parent / "seen.json").write_text(json.dumps(seen))


def setup(app):
    """Connect to Sphinx; the cache must go before myst-nb opens it at builder-inited."""
    app.connect("config-inited", compare)
    app.connect("env-get-outdated", outdated)
    app.connect("build-finished", remember)
