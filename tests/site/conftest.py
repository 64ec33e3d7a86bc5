"""The built site and a real browser.

`page` is a fresh page of a Chromium that reaches no other host, and remembers what went wrong:
`page.console_errors` and `page.foreign_requests` are lists of text, empty on a good page.
`site_url` is the site served over http, `site` the folder it was built into. A test that takes
`chapter` runs once for each chapter of the table of contents.
"""

import os
import shutil
import threading
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[2]
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "chrome")
DESKTOP = {"viewport": {"width": 1280, "height": 900}, "color_scheme": "light"}
NO_BROWSER = (
    f"no browser found (looked for {', '.join(BROWSERS)}); install one, on Debian and Ubuntu with: "
    "sudo apt-get install chromium"
)
QUIET = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    # No name and no address but the local server's leads anywhere.
    "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1",
)


def chapters_in(node):
    """The chapters below a node of the table of contents, by their file's stem."""
    if isinstance(node, list):
        return [name for item in node for name in chapters_in(item)]
    if not isinstance(node, dict):
        return []
    path = Path(node.get("file", ""))
    own = [path.stem] if path.parent.name == "chapters" else []
    return own + [name for item in node.values() for name in chapters_in(item)]


CHAPTERS = chapters_in(yaml.safe_load((ROOT / "_toc.yml").read_text(encoding="utf8")))


def pytest_generate_tests(metafunc):
    """Run a test that takes `chapter` once for each, all of a module's tests of one together."""
    if "chapter" in metafunc.fixturenames:
        metafunc.parametrize("chapter", CHAPTERS, scope="module")


class QuietHandler(SimpleHTTPRequestHandler):
    """Serves files without a line on stderr for each."""

    def log_message(self, *args):
        """Say nothing."""


@pytest.fixture(scope="session")
def site():
    """The folder of the built site."""
    folder = ROOT / "_build" / "html"
    if not (folder / "index.html").exists():
        pytest.fail(f"the site is not built: {folder} has no index.html; run: make book")
    return folder


@pytest.fixture(scope="session")
def chapters():
    """The names of all chapters."""
    return CHAPTERS


@pytest.fixture(scope="session")
def site_url(site):
    """Address of the built site on a local server, without a final slash."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(QuietHandler, directory=str(site)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()


@pytest.fixture(scope="session")
def browser():
    """One headless Chromium for the whole run; its absence skips, or fails under CI=true."""
    found = next(filter(None, map(shutil.which, BROWSERS)), None)
    if found is None:
        (pytest.fail if os.environ.get("CI") == "true" else pytest.skip)(NO_BROWSER)
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=list(QUIET))
        yield browser
        browser.close()


@contextmanager
def pages_of(browser, site_url):
    """A function that makes pages with options of a browser context; closes them in the end."""
    contexts = []

    def make(**options):
        context = browser.new_context(**options)
        contexts.append(context)
        page = context.new_page()
        page.console_errors, page.foreign_requests = [], []
        context.on("request", partial(_note_request, page, site_url))
        page.on("console", partial(_note_console, page))
        page.on("pageerror", lambda error: page.console_errors.append(str(error)))
        page.set_default_timeout(10_000)
        return page

    yield make
    for context in contexts:
        context.close()


@pytest.fixture
def new_page(browser, site_url):
    """Make pages with options of a browser context, such as `color_scheme="dark"`."""
    with pages_of(browser, site_url) as make:
        yield make


@pytest.fixture(scope="module")
def shared_page(browser, site_url):
    """Like `page`, but one for all tests of a module."""
    with pages_of(browser, site_url) as make:
        yield make(**DESKTOP)


@pytest.fixture
def page(new_page):
    """A page of 1280 × 900 in light mode."""
    return new_page(**DESKTOP)


def _note_request(page, site_url, request):
    if not request.url.startswith((site_url, "file:", "data:", "blob:")):
        page.foreign_requests.append(request.url)


def _note_console(page, message):
    if message.type == "error":
        page.console_errors.append(f"{message.text} ({message.location.get('url', '')})")
