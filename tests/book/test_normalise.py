"""The notebook normaliser: what it drops, what it keeps, what it refuses."""

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from book.normalise import dumps, main, normalise, problems

ALT = {"mystnb": {"image": {"alt": "A line that rises from one to three"}}}


def notebook(*outputs, source="f()", count=7, **metadata):
    """A notebook of one code cell, with the noise that an editor leaves behind."""
    cell = new_code_cell(source, execution_count=count, outputs=list(outputs), metadata=metadata)
    noise = {"kernelspec": {"name": "my-env", "display_name": "Mine"}, "widgets": {"state": 1}}
    return new_notebook(cells=[new_markdown_cell("# T"), cell], metadata=noise)


def shown(**data):
    return new_output("display_data", data={k.replace("_", "/"): v for k, v in data.items()})


def result(text="2.0"):
    return new_output("execute_result", data={"text/plain": text}, execution_count=7)


def test_images_html_and_widget_views_are_dropped_and_text_is_kept():
    output = shown(image_png="iVBO", text_html="<b>", text_plain="<b>", text_latex="$x$")
    output.data["application/vnd.jupyter.widget-view+json"] = {"model_id": "a1"}
    kept = normalise(notebook(output)).cells[1].outputs[0]
    assert kept.data == {"text/plain": "<b>", "text/latex": "$x$"}


def test_cells_are_numbered_in_order_and_cells_never_run_stay_unnumbered():
    nb = notebook(result())
    nb.cells += [new_code_cell("g()"), new_code_cell("h()", execution_count=2)]
    cells = normalise(nb).cells
    assert [cell.get("execution_count") for cell in cells] == [None, 1, None, 3]
    assert cells[1].outputs[0].execution_count == 1


def test_metadata_of_editors_is_dropped_and_that_of_the_book_is_kept():
    nb = normalise(notebook(tags=["hide-input"], collapsed=False, editable=True, **ALT))
    assert nb.metadata.kernelspec.name == "python3"
    assert "widgets" not in nb.metadata
    assert nb.cells[1].metadata == {"tags": ["hide-input"], **ALT}


def test_neighbouring_streams_of_one_name_are_joined():
    lines = [new_output("stream", name="stdout", text=text) for text in ("a\n", "b\n")]
    assert [o.text for o in normalise(notebook(*lines)).cells[1].outputs] == ["a\nb\n"]


def test_missing_and_doubled_cell_ids_become_unique_and_the_same_each_time():
    nb = notebook(result())
    nb.cells[0]["id"] = nb.cells[1]["id"] = "same"
    ids = [cell["id"] for cell in normalise(nb).cells]
    assert ids[0] == "same"
    assert ids[1] != "same"
    assert ids == [cell["id"] for cell in normalise(nb).cells]


def test_normal_form_is_a_fixed_point():
    once = normalise(notebook(shown(image_png="iVBO", text_plain="2"), collapsed=True))
    assert dumps(normalise(once)) == dumps(once)


@pytest.mark.parametrize(
    ("nb", "said"),
    [
        (notebook(count=None), "never run"),
        (notebook(source="  "), "empty"),
        (notebook(shown(text_html="<b>")), "without text/plain"),
        (notebook(result("<f at 0x7f8812aa34d0>")), "memory address"),
        (notebook(new_output("stream", name="stderr", text="careful")), "stderr"),
        (notebook(new_output("error", ename="ValueError", evalue="x")), "raises ValueError"),
        (notebook(shown(image_png="iVBO", text_plain="")), "without a description"),
        (notebook(result("<Figure size 640x480 with 1 Axes>")), "without a description"),
        (notebook(*[result("<Figure size 1x1 with 1 Axes>")] * 2, **ALT), "draws 2 figures"),
    ],
)
def test_what_the_author_must_mend_is_named_with_its_cell(nb, said):
    assert [line for line in problems(nb) if said in line and line.startswith("cell 2: ")]


def test_a_described_figure_and_a_number_are_no_problem():
    assert problems(notebook(result("<Figure size 640x480 with 1 Axes>"), **ALT)) == []
    assert problems(notebook(result())) == []


def test_check_reports_and_leaves_the_file_as_it_is(tmp_path, capsys):
    path = tmp_path / "a.ipynb"
    nbformat.write(notebook(result()), path)
    before = path.read_text()
    assert main(["--check", str(path)]) == 1
    assert "is not in normal form" in capsys.readouterr().out
    assert path.read_text() == before
    assert main([str(path)]) == 0
    assert main(["--check", str(path)]) == 0


def test_execute_runs_the_cells_and_numbers_them(tmp_path):
    path = tmp_path / "a.ipynb"
    nbformat.write(notebook(source="print(1 + 1)", count=None), path)
    assert main(["--execute", str(path)]) == 0
    cell = nbformat.read(path, as_version=4).cells[1]
    assert cell.execution_count == 1
    assert cell.outputs[0].text == "2\n"


def test_a_cell_that_fails_is_shown_and_the_file_stays_as_it_was(tmp_path, capsys):
    path = tmp_path / "a.ipynb"
    nbformat.write(notebook(source="1 / 0", count=None), path)
    before = path.read_text()
    assert main(["--execute", str(path)]) == 1
    assert "ZeroDivisionError" in capsys.readouterr().out
    assert path.read_text() == before


def test_a_file_that_is_no_notebook_is_refused_by_name(tmp_path):
    path = tmp_path / "broken.ipynb"
    path.write_text("<<<<<<< ours")
    with pytest.raises(ValueError, match=r"broken\.ipynb is not a notebook"):
        main([str(path)])
