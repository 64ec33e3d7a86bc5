"""The code of the sliders: collected from all pages, written once, loaded where it is needed.

A slider's HTML carries its settings as JSON, and in them, under "code", the JavaScript generated
from the rules and objectives that it shows. Here that code is taken out of every page and put
into one classic script, which works over http and from a file.
"""

import json
import re
from pathlib import Path

from docutils import nodes
from myst_nb.sphinx_ import NbMetadataCollector
from sphinx.errors import ExtensionError

SCRIPT, STYLE = "gdlib-widget.js", "gdlib-widget.css"
STATE = "ipywidgets_state"  # MyST-NB's key for the kernel's widgets
CONFIG = re.compile(
    r'(<script type="application/json" class="gdlib-config">)(.*?)(</script>)', re.DOTALL
)


def split(html):
    """Return `html` with the code taken out of each slider's settings, and that code by name."""
    code = {}

    def take(match):
        try:
            config = json.loads(match[2])
        except json.JSONDecodeError as error:
            raise ExtensionError(f"a slider's settings are not JSON: {error}") from error
        merge(code, config.pop("code", {}), "one page")
        rest = json.dumps(config, separators=(",", ":"), ensure_ascii=False).replace("</", "<\\/")
        return match[1] + rest + match[3]

    return CONFIG.sub(take, html), code


def merge(code, more, where):
    """Add `more` to `code`; one name must mean one text in the whole book."""
    for name, text in more.items():
        if code.setdefault(name, text) != text:
            raise ExtensionError(
                f"two sliders give the name {name!r} to different code (seen again in {where}); "
                "give the variant a name of its own"
            )


def pages(env):
    """What each page with a slider asks for, kept between builds: {page: {name: code}}."""
    if not hasattr(env, "gdlib_widget_code"):
        env.gdlib_widget_code = {}
    return env.gdlib_widget_code


def collect(app, doctree):
    """Take the code out of the sliders of one page."""
    found, has_widget = {}, False
    for node in doctree.findall(nodes.raw):
        if node.get("format") == "html" and "gdlib-config" in node.astext():
            html, code = split(node.astext())
            node.clear()
            node.append(nodes.Text(html))
            merge(found, code, app.env.docname)
            has_widget = True
    if has_widget:
        pages(app.env)[app.env.docname] = found
        drop_state(app.env)


def drop_state(env):
    """Leave the kernel's copy of the sliders out of the page, which draws them without it.

    MyST-NB would write it for a page on which ipywidgets' own scripts run; half of a page's weight.
    """
    NbMetadataCollector.get_doc_data(env)[env.docname].get("js_files", {}).pop(STATE, None)


def forget(app, env, docname):
    """A page is read again or has gone."""
    pages(env).pop(docname, None)


def join(app, env, docnames, other):
    """A parallel worker read some of the pages."""
    pages(env).update({k: v for k, v in pages(other).items() if k in docnames})


def write(app, env):
    """Write the script and the style of all sliders where Sphinx will copy them from."""
    if not pages(env):
        return
    from gdlib.widget import bundle

    code = {}
    for docname, found in sorted(pages(env).items()):
        merge(code, found, docname)
    folder = generated(app)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / SCRIPT).write_text(bundle.page_script(dict(sorted(code.items()))), encoding="utf8")
    (folder / STYLE).write_text(bundle.style(), encoding="utf8")


def include(app, pagename, templatename, context, doctree):
    """Load script and style on the pages that hold a slider."""
    if pagename in pages(app.env):
        app.add_js_file(SCRIPT, loading_method="defer")
        app.add_css_file(STYLE)


def generated(app):
    """The folder for files that are written during the build and served by the site."""
    return Path(app.outdir).parent / "generated"


def add_folder(app, config):
    """Sphinx copies what is in the folder into the site."""
    generated(app).mkdir(parents=True, exist_ok=True)
    config.html_static_path.append(str(generated(app)))


def setup(app):
    """Connect the stages: read, purge and merge, write, include."""
    app.connect("config-inited", add_folder)
    app.connect("doctree-read", collect)
    app.connect("env-purge-doc", forget)
    app.connect("env-merge-info", join)
    app.connect("env-check-consistency", write)
    app.connect("html-page-context", include)
