"""The static form of a figure: settings for the script, a still picture, words, caption."""

import html
import json


def figure(kind, config, code, state, still, caption):
    """The HTML of a figure; the same arguments give the same text.

    config: settings of the figure, plain JSON. code: the JavaScript it needs, by name (the book's
    build moves it into one script for all pages). state: the values of the model. still: HTML shown
    until the script has run. caption: HTML of the caption, may be empty.
    """
    settings = json.dumps(
        {"code": code, **config, "state": state},
        separators=(",", ":"),
        ensure_ascii=False,
        allow_nan=False,
    )
    return (
        f'<figure class="gdlib-widget" data-kind="{kind}">\n'
        f'<script type="application/json" class="gdlib-config">{_inert(settings)}</script>\n'
        f'<div class="gdlib-still">\n{still}\n</div>\n'
        + (f"<figcaption>{html.escape(caption)}</figcaption>\n" if caption else "")
        + "</figure>"
    )


def row(kind, head, sliders, note, style=""):
    """A row below the pictures: a name, room for sliders, a sentence."""
    style = f' style="{style}"' if style else ""
    room = '<div class="gdlib-control"></div>' * sliders
    room = f'<div class="gdlib-controls">{room}</div>' if room else ""
    return (
        f'<div class="gdlib-row gdlib-{kind}"{style}>'
        f'<div class="gdlib-head"><span class="gdlib-name">{html.escape(head)}</span></div>'
        f'<div class="gdlib-body">{room}<p class="gdlib-note">{_sentence(note)}</p></div></div>'
    )


def switches(labels):
    """Room for the switches of many rules."""
    items = "".join(
        f'<span class="gdlib-toggle"><span>{html.escape(label)}</span></span>' for label in labels
    )
    return f'<div class="gdlib-switches">{items}</div>'


def curves_body(drawn, styles, sliders, words):
    """The still body of a curves figure: picture, legend, room for the sliders, a sentence.

    sliders: for each its label and, where it is a choice, the names to choose from, else None.
    """
    key = (
        '<svg class="gdlib-key" width="22" height="10"><path class="gdlib-line" d="M1,5H21"/></svg>'
    )
    items = "".join(
        f'<li style="--rule: {s["colour"]}"{" class=gdlib-dashed" if s["dashed"] else ""}>{key}'
        f"{html.escape(s['label'])}</li>"
        for s in styles
    )
    room = "".join(_room(label, names) for label, names in sliders)
    return (
        f'<div class="gdlib-curves-box">{drawn}</div>\n<ul class="gdlib-legend">{items}</ul>\n'
        f'<div class="gdlib-slider gdlib-controls">{room}</div>\n'
        f'<p class="gdlib-note">{_sentence(words)}</p>'
    )


def _room(label, names):
    """Room for a slider; a choice is as high as its names need, so they stand in it."""
    if names is None:
        return '<div class="gdlib-control"></div>'
    options = "".join(
        f'<span class="gdlib-option"><i></i><span>{html.escape(name)}</span></span>'
        for name in names
    )
    return (
        f'<div class="gdlib-choice"><span class="gdlib-label">{html.escape(label)}</span>{options}'
        "</div>"
    )


def _sentence(text):
    """A sentence, whose formulas do not break at the end of a line."""
    return html.escape(text).replace(" = ", "&nbsp;=&nbsp;")


def _inert(text):
    """JSON that cannot end the script element, nor open a comment in it."""
    return text.replace("<", "\\u003c")
