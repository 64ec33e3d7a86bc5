"""The built site and a real browser.

`page` is a fresh Chromium page that refuses every request to another host and remembers what went
wrong: `page.console_errors` and `page.foreign_requests` are lists of text, empty on a good page.
`site_url` is the site served over http, `site` the folder it was built into.
"""

import os
import shutil
import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "chrome")
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
)


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


@pytest.fixture
def new_page(browser, site_url):
    """Make pages with options of a browser context, such as `color_scheme="dark"`."""
    contexts = []

    def make(**options):
        context = browser.new_context(**options)
        contexts.append(context)
        page = context.new_page()
        page.console_errors, page.foreign_requests = [], []
        context.route("**/*", partial(_route, page, site_url))
        page.on("console", partial(_note_console, page))
        page.on("pageerror", lambda error: page.console_errors.append(str(error)))
        page.set_default_timeout(10_000)
        return page

    yield make
    for context in contexts:
        context.close()


@pytest.fixture
def page(new_page):
    """A page of 1280 × 900 in light mode."""
    return new_page(viewport={"width": 1280, "height": 900}, color_scheme="light")


def _route(page, site_url, route):
    url = route.request.url
    if url.startswith((site_url, "file:", "data:", "blob:")):
        route.continue_()
    else:
        page.foreign_requests.append(url)
        route.abort()


def _note_console(page, message):
    if message.type == "error":
        page.console_errors.append(f"{message.text} ({message.location.get('url', '')})")
