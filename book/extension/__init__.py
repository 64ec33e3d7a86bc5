"""What the site needs beyond Jupyter Book's own settings, as one Sphinx extension.

- `freshness` makes pages anew when the library, the style or this extension changed;
- `katex` renders math at build time, with style and fonts served by the site itself;
- `widgets` writes the code of all sliders once, as one script for the pages that hold one;
- `icons` cuts the theme's icon fonts and their CSS to the icons in use;
- `api` makes the API reference from the docstrings.

Each part hooks into Sphinx in its own `setup(app)`.
"""

from . import api, freshness, icons, katex, widgets

PARTS = (freshness, katex, widgets, icons, api)


def setup(app):
    """Connect every part."""
    for part in PARTS:
        part.setup(app)
    app.add_config_value("comments_config", {}, "")  # Jupyter Book sets it; nothing here reads it
    app.connect("config-inited", use_templates)
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def use_templates(app, config):
    """Let the templates in book/templates override the theme's."""
    config.templates_path.append("book/templates")
