"""A report as one page of HTML: figures, tables and words in it, nothing asked of any host, no script."""

import base64
import re
from html import escape

import pandas as pd

from pipeline.steps.report_changes import NOT_TOLD, Changes, lines
from pipeline.steps.report_figures import svg
from pipeline.steps.report_items import Piece, Report, table_of
from pipeline.steps.report_text import cells, clean

POLICY = "default-src 'none'; img-src data:; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"
"""What the page may load: its own pictures and look, nothing else."""
SYNTHETIC = "Synthetic data: no real families are in this report."
STYLE = """
:root{color-scheme:light dark;--ink:#1a1a1a;--soft:#555;--line:#c8c8c8;--back:#fff;--mark:#fff4d6}
@media (prefers-color-scheme:dark){:root{--ink:#ececec;--soft:#b4b4b4;--line:#555;--back:#17191d;--mark:#4a3d12}}
body{margin:0;background:var(--back);color:var(--ink);font:16px/1.5 system-ui,"Segoe UI",Arial,sans-serif}
main{max-width:54rem;margin:0 auto;padding:2rem 1.25rem 4rem;overflow-wrap:anywhere}
h1{font-size:1.9rem;line-height:1.2;margin:0 0 .3rem}h2{font-size:1.3rem;margin:2.6rem 0 .5rem}
h3{font-size:1.05rem;margin:1.4rem 0 .3rem}
.by,.basis,figcaption,.note{color:var(--soft)}.basis,figcaption,.note{font-size:.86rem}
.mark{background:var(--mark);padding:.4rem .7rem;border-radius:.3rem}
figure{margin:1rem 0}figure img{display:block;width:100%;height:auto;background:#fff;border-radius:.3rem;padding:.6rem;
box-sizing:border-box}
.scroll{overflow-x:auto}table{border-collapse:collapse;width:100%;font-size:.86rem;
border-top:2px solid var(--ink);border-bottom:2px solid var(--ink)}
caption{text-align:left;font-weight:600;padding:.3rem 0}th{border-bottom:1px solid var(--ink);vertical-align:bottom}
th,td{text-align:left;padding:.22rem .55rem;overflow-wrap:normal}th.n,td.n{text-align:right}td.n{white-space:nowrap}
tbody tr+tr td{border-top:1px solid var(--line)}
@media print{:root{--ink:#000;--soft:#333;--line:#bbb;--back:#fff;--mark:#fff}main{max-width:none;padding:0}
.scroll{overflow:visible}table{font-size:.7rem}figure,tr,h2{break-inside:avoid}h2{break-after:avoid}}
"""


def html(report: Report, changes: Changes | None = None) -> str:
    """The page. `changes`: what is other than in the last version; told only where it gives nobody away."""
    title, spec = clean(report.spec.title), report.spec
    by = f'<p class="by">{_text(spec.authors)}</p>' if spec.authors else ""
    mark = f'<p class="mark">{_text(SYNTHETIC)}</p>' if report.synthetic else ""
    body, figures, tables = [], 0, 0
    for piece in report.pieces:
        if not piece.refused:
            figures += bool(_drawn(piece))
            tables += len(table_of(piece)) > 0
            body.append(_section(piece, figures, tables))
    return (
        '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta name="referrer" content="no-referrer">\n'
        f"<title>{_text(title)}</title>\n<style>{STYLE}</style></head>\n<body><main>\n"
        f'<h1 dir="auto">{_text(title)}</h1>{by}{mark}\n<p class="basis">{_text(report.basis)}</p>\n'
        + "\n".join([*body, *_methods(report), *_changes(changes)])
        + "\n</main></body></html>\n"
    )


def _text(text: object) -> str:
    """Words of the data as text of the page."""
    return escape(clean(text, None))


def _drawn(piece: Piece) -> bool:
    return piece.draw is not None and piece.item.kind != "text" and piece.item.figure


def _section(piece: Piece, figure: int, table: int) -> str:
    """One item: heading, words, figure with its caption, table."""
    found = [f'<section><h2 dir="auto">{_text(piece.title)}</h2>' if piece.title else "<section>"]
    if piece.warning:
        found.append(f'<p class="mark"><strong>{_text(piece.warning)}</strong></p>')
    found += [f'<p dir="auto">{_text(text)}</p>' for text in piece.text]
    caption = " ".join(piece.caption)
    if _drawn(piece):
        picture = base64.b64encode(svg(piece.draw)).decode()
        found.append(
            f'<figure><img src="data:image/svg+xml;base64,{picture}" alt="{_text(piece.alt)}">'
            f'<figcaption dir="auto"><strong>Figure {figure}.</strong> {_text(piece.title)}. {_text(caption)}'
            "</figcaption></figure>"
        )
    frame = table_of(piece)
    if len(frame):
        found.append(table_html(frame, f"Table {table}. {piece.title}"))
        below = piece.caption[-1] if _drawn(piece) else caption  # the figure has said the rest
        found.append(f'<p class="note" dir="auto">{_text(below)}</p>')
    return "\n".join([*found, "</section>"])


def table_html(frame: pd.DataFrame, caption: str) -> str:
    """A table with its caption; numbers stand right."""
    found = cells(frame)
    look = [' class="n"' if numeric([row[at] for row in found]) else "" for at in range(len(frame.columns))]
    heads = "".join(
        f'<th scope="col"{one} dir="auto">{_text(name)}</th>' for one, name in zip(look, frame.columns, strict=True)
    )
    rows = [f"<tr>{_row(row, look)}</tr>" for row in found]
    return (
        f'<div class="scroll" tabindex="0"><table><caption dir="auto">{_text(caption)}</caption>\n<thead><tr>{heads}'
        f"</tr></thead>\n<tbody>{chr(10).join(rows)}</tbody></table></div>"
    )


def _row(row: list[str], look: list[str]) -> str:
    return "".join(f'<td{one} dir="auto">{escape(text)}</td>' for one, text in zip(look, row, strict=True))


NUMBER = re.compile(r"(\[c\]|[+\u2212-]?[\d.,]+(\u00a0?%)?( to [+\u2212-]?[\d.,]+)?)?")


def numeric(texts: list[str]) -> bool:
    """Whether a column of text holds numbers, intervals and masked cells only."""
    return any(texts) and all(NUMBER.fullmatch(text) for text in texts)


def _methods(report: Report) -> list[str]:
    """How the numbers were made, view by view and fit by fit."""
    if not report.methods:
        return []
    found = ['<section><h2 id="methods">Methods</h2>']
    for heading, texts in report.methods:
        found.append(f'<h3 dir="auto">{_text(heading)}</h3>')
        found += [f'<p dir="auto">{_text(text)}</p>' for text in texts]
    return [*found, "</section>"]


def _changes(changes: Changes | None) -> list[str]:
    """What is other than in the last version."""
    if changes is None:
        return []
    found = ['<section><h2 id="changes">What changed</h2>']
    if changes.close:
        return [*found, f"<p>{_text(NOT_TOLD)}</p></section>"]
    found.append(f"<p>{_text(changes.words)}</p>")
    if changes.found:
        frame = pd.DataFrame(lines(changes), columns=["Item", "Row", "Number", "Before", "Now"])
        found.append(table_html(frame, "Changes since the last version"))
    return [*found, "</section>"]
