"""The publication table of a fit in files: as rows for CSV, as HTML that Word takes, and as Markdown."""

from html import escape

import pandas as pd

from pipeline.steps.paper_fit import (
    BEHAVIOUR,
    CHECKS,
    CLEAR,
    OF_UNITS,
    PERSON,
    ROWS,
    UNITS,
    Export,
    Part,
    caption,
    columns_of,
    failed_words,
    heading,
    notes,
    number,
    table_of,
)

__all__ = [
    "UNITS", "Export", "Part", "caption", "csv_rows", "failed_words", "heading", "html_of", "markdown_of", "narrow",
    "notes", "number", "table_of", "terms_rows",
]  # fmt: skip


def narrow(export: Export) -> pd.DataFrame:
    """The same numbers for a screen: estimate and interval in one cell, rows and units too."""
    frame = table_of(export)
    found = frame[[PERSON, BEHAVIOUR]].assign(
        **{f"{ROWS} / {OF_UNITS.lower()}": frame[ROWS].astype(str) + " / " + frame[OF_UNITS].astype(str)}
    )
    for part in export.parts:
        cells = zip(frame[f"{part.name}: estimate"], frame[f"{part.name}: 95 % CrI"], strict=True)
        found[f"{part.name} (95 % CrI)"] = [f"{one} ({two})" if one else "" for one, two in cells]
    return found


def csv_rows(export: Export) -> pd.DataFrame:
    """The printed table with its caption and notes as further rows, so that a file never travels without them."""
    frame = table_of(export).astype(object)
    lines = pd.DataFrame({PERSON: [f"{caption(export)}.", *notes(export)]}, dtype=object)
    return pd.concat([frame, lines.reindex(columns=frame.columns, fill_value="")], ignore_index=True)


def terms_rows(export: Export) -> pd.DataFrame:
    """Every term and the random part of every model, unrounded, with the model, the checks and what it rests on."""
    parts = [part.table.assign(model=part.name, checks="; ".join(part.failed) or "passed") for part in export.parts]
    frame = pd.concat(parts, ignore_index=True)
    facts = {
        "reference": export.spec.reference, "engine": export.engine, "seed": export.seed, "selection": export.words,
        "generation": export.checksum, "synthetic": export.synthetic,
    }  # fmt: skip
    return frame[["model", *(column for column in frame if column != "model")]].assign(**facts)


def markdown_of(export: Export) -> str:
    """The table as Markdown."""
    frame = table_of(export).drop(columns=CHECKS)
    lines = [f"**{_cell(caption(export))}**", ""]
    lines += [f"| {' | '.join(map(_cell, frame.columns))} |", f"|{'---|' * len(frame.columns)}"]
    lines += [f"| {' | '.join(map(_cell, row))} |" for row in frame.itertuples(index=False, name=None)]
    return "\n".join([*lines, "", *(f"{_cell(line)}  " for line in notes(export))]) + "\n"


def _cell(value: object) -> str:
    text = str(value).replace("\\", "\\\\").replace("|", "\\|").replace("\n", " ")
    return text.replace("*", "\\*").replace("<", "&lt;")


def html_of(export: Export) -> str:
    """The table as a page of HTML with rules like a journal's; Word and its kin open it and take it when pasted."""
    frame = table_of(export)
    names = [part.name for part in export.parts]
    head = "".join(_th(name, f'colspan="2" style="{RULE}"') for name in names)
    under = "".join(_th(word) for _ in names for word in ("Estimate", "95 % CrI"))
    span = 3 + 2 * len(names)
    body = []
    for person, rows in frame.groupby(PERSON, sort=False):
        body.append(f'<tr><th colspan="{span}" style="{LEFT};{RULE}">{escape(str(person))}</th></tr>')
        body += [_line(row, columns_of(export)) for row in rows.to_dict("records")]
    said = "<br>\n".join(escape(line) for line in notes(export))
    rows = f"{_th(BEHAVIOUR, TWO_ROWS)}{_th(ROWS, TWO_ROWS)}{_th(OF_UNITS, TWO_ROWS)}"
    return (
        '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8">'
        f"<title>{escape(caption(export))}</title></head>\n<body>\n"
        f'<table style="{TABLE}">\n<caption style="text-align:left"><b>{escape(caption(export))}</b></caption>\n'
        f"<thead><tr>{rows}{head}</tr>\n<tr>{under}</tr></thead>\n<tbody>\n"
        + "\n".join(body)
        + f'\n</tbody></table>\n<p style="font-size:9pt">{said}</p>\n</body></html>\n'
    )


TABLE = (
    "border-collapse:collapse;border-top:1.5pt solid #000;border-bottom:1.5pt solid #000;font-family:Arial,"
    "sans-serif;font-size:10pt"
)
RULE = "border-bottom:0.75pt solid #000"
LEFT = "text-align:left;padding:2pt 6pt"
TWO_ROWS = f'rowspan="2" style="{LEFT};{RULE}"'


def _th(text: str, attributes: str = f'style="padding:2pt 6pt;{RULE}"') -> str:
    return f"<th {attributes}>{escape(text)}</th>"


def _line(row: dict[str, object], columns: list[str]) -> str:
    cells = [f'<td style="{LEFT}">{escape(str(row[BEHAVIOUR]))}</td>']
    for column in (ROWS, OF_UNITS, *columns):
        text = escape(str(row[column]))
        clear = text.endswith(CLEAR)
        cells.append(f'<td style="text-align:right;padding:2pt 6pt">{f"<b>{text}</b>" if clear else text}</td>')
    return f"<tr>{''.join(cells)}</tr>"
