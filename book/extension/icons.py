"""Cut the theme's icon font to the icons in use.

The theme brings every Font Awesome icon three times: as a script of 1.5 MB, as fonts of 300 kB and
as a CSS rule each. The templates leave the script out; here fonts and rules are cut to the icons
that stand on some page of the site or in the theme's style sheet.
"""

import re
from pathlib import Path

import pydata_sphinx_theme
from fontTools import subset
from fontTools.ttLib import TTFont

THEME = Path(pydata_sphinx_theme.__file__).parent / "theme/pydata_sphinx_theme/static"
STYLE = "styles/pydata-sphinx-theme.css"
FONTS = "vendor/fontawesome/webfonts"
RULE = re.compile(r'((?:\.fa-[\w-]+::?before,?)+)\{content:"([^"]*)"\}')
SOURCES = re.compile(
    r'src:url\(\.\./vendor/fontawesome/webfonts/([\w-]+)\.woff2\)[^}]*?"truetype"\)'
)
UNUSED = ("scripts/fontawesome.js*", "**/*.js.map", "**/*.css.map", f"{FONTS}/*.woff2")


def cut_style(css, used):
    """Return the style sheet without the rules of unused icons, and the code points it needs."""

    def keep(match):
        names = re.findall(r"\.(fa-[\w-]+)", match[1])
        return match[0] if used.intersection(names) else ""

    css = SOURCES.sub(rf'src:url(../{FONTS}/\1.woff) format("woff")', RULE.sub(keep, css))
    escaped = {int(code, 16) for code in re.findall(r"\\([ef][0-9a-f]{3})\b", css)}
    return css, escaped | {ord(char) for char in css if 0xE000 <= ord(char) <= 0xF8FF}


def cut_font(source, target, codes):
    """Write the glyphs of `codes` that the font `source` has to `target`, as woff."""
    font = TTFont(source)
    options = subset.Options(flavor="woff", notdef_outline=True)
    cutter = subset.Subsetter(options)
    cutter.populate(unicodes=codes)
    cutter.subset(font)
    subset.save_font(font, target, options)


def cut(app, exception):
    """Replace style sheet and fonts in the built site; remove what no page loads."""
    if exception is not None or app.builder.format != "html":
        return
    static = Path(app.outdir) / "_static"
    used = set()
    for page in Path(app.outdir).rglob("*.html"):
        used.update(re.findall(r"\bfa-[\w-]+", page.read_text(encoding="utf8")))
    css, codes = cut_style((THEME / STYLE).read_text(encoding="utf8"), used)
    (static / STYLE).write_text(css, encoding="utf8")
    for source in (THEME / FONTS).glob("*.ttf"):
        cut_font(source, static / FONTS / f"{source.stem}.woff", codes)
        (static / FONTS / source.name).unlink(missing_ok=True)
    for pattern in UNUSED:
        for path in static.glob(pattern):
            path.unlink()


def setup(app):
    """Cut once everything is written."""
    app.connect("build-finished", cut)
