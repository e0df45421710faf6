"""Write a notebook of explorers as one HTML file that needs neither Python nor a network.

    python tools/static_page.py notebooks/90_widget_gallery.ipynb --to build/gallery.html

Its cells are run. Explorers that compute in the browser work in the page; the others show their
picture, and so does everything else that has one.
"""

import argparse
import ast
import base64
import html
import json
import re
import sys
from pathlib import Path

from lesson_form import LessonError, read

from medkit.widgets import OwnImage
from medkit.widgets.browser import BrowserWidget

MODEL = Path(__file__).with_name("static_model.js")
LINK = re.compile(r"\[([^\]]*)\]\((?!https?:)[^)]*\)")  # to files that the page does not have
STYLE = """
:root { color-scheme: light; }
body { max-width: 1060px; margin: 0 auto; padding: 16px 24px 80px; background: #fff;
  color: #222; font: 17px/1.5 system-ui, sans-serif; }
@media (min-width: 1600px) { body { max-width: 1300px; } } /* where explorers grow, too */
p, li { max-width: 62em; }
img { max-width: 100%; }
pre { overflow-x: auto; padding: 10px; background: #f5f5f5; font-size: 14px; line-height: 1.35; }
summary { color: #555; cursor: pointer; font-size: 14px; }
.shown { margin: 12px 0 28px; }
.anchor-link { display: none; }
"""


def result_of(source, names):
    """Run a cell and return the value of its last line, None if that is no expression."""
    tree = ast.parse(source)
    last = tree.body.pop() if tree.body and isinstance(tree.body[-1], ast.Expr) else None
    exec(compile(tree, "<cell>", "exec"), names)
    return (
        None if last is None else eval(compile(ast.Expression(last.value), "<cell>", "eval"), names)
    )


def state_of(widget):
    """Return what a browser needs of a widget: its plain traits, and its bytes as base64."""
    skipped = ("layout", "tabbable", "tooltip")
    state = {k: v for k, v in widget.get_state().items() if k[0] != "_" and k not in skipped}
    data = {k: v for k, v in state.items() if isinstance(v, bytes | memoryview)}
    texts = {name: base64.b64encode(value).decode() for name, value in data.items()}
    return {name: value for name, value in state.items() if name not in data}, texts


def as_url(script):
    """Return JavaScript as the address of a module that holds it."""
    return "data:text/javascript;base64," + base64.b64encode(script.encode()).decode()


def shown(value, number):
    """Return the HTML of a cell's value: an explorer at work, or a picture, or nothing."""
    value = value.explorer if isinstance(value, OwnImage) else value
    if isinstance(value, BrowserWidget) and not value.needs_python:
        plain, texts = state_of(value)
        call = ", ".join(json.dumps(part).replace("</", "<\\/") for part in (plain, texts))
        return (
            f'<style>{value._css}</style><div class="shown" id="shown-{number}"></div>'
            f'<script type="module">import widget from "{as_url(value._esm)}";\n'
            f'import {{ modelOf }} from "{as_url(MODEL.read_text(encoding="utf-8"))}";\n'
            f'const el = document.getElementById("shown-{number}");\n'
            f"widget.render({{ model: modelOf({call}), el }});</script>"
        )
    bundle = getattr(value, "_repr_mimebundle_", dict)()
    picture = (bundle[0] if isinstance(bundle, tuple) else bundle).get("image/png")
    if not picture:
        return ""
    alt = html.escape(f"{type(value).__name__}, as it begins; it needs Python to move")
    return (
        f'<p class="shown"><img alt="{alt}" src="data:image/png;base64,{picture}"><br>'
        "<small>A still picture: this explorer needs Python.</small></p>"
    )


def page_of(notebook, title):
    """Return the whole page as text."""
    from nbconvert.filters import markdown2html

    names, parts = {}, []
    for number, cell in enumerate(notebook.cells):
        if cell.cell_type == "markdown":
            parts.append(markdown2html(LINK.sub(r"\1", cell.source)))
        elif cell.cell_type == "code":
            made, code = shown(result_of(cell.source, names), number), html.escape(cell.source)
            if made:
                made += f"<details><summary>the code</summary><pre>{code}</pre></details>"
            parts.append(made)
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{html.escape(title)}'
        f'</title><meta name="viewport" content="width=device-width"><style>{STYLE}</style></head>'
        f"<body>{''.join(parts)}</body></html>"
    )


def main(arguments=None):
    """Do what the command line asks."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("notebook", type=Path)
    parser.add_argument("--to", type=Path, required=True, metavar="FILE")
    options = parser.parse_args(arguments)
    try:
        notebook = read(options.notebook)
    except LessonError as error:
        sys.exit(str(error))
    text = page_of(notebook, f"medkit: {options.notebook.stem[3:].replace('_', ' ')}")
    options.to.parent.mkdir(parents=True, exist_ok=True)
    options.to.write_text(text, encoding="utf-8")
    print(f"{options.to}: {options.to.stat().st_size / 1e6:.1f} MB, open it in any browser")


if __name__ == "__main__":
    main()
