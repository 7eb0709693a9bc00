"""The publication table of a fit, as in a paper: estimate and 95 % CrI per model, clear ones marked, with its caption;
as rows for CSV, as HTML that Word takes, and as Markdown.
"""

from dataclasses import dataclass
from html import escape

import pandas as pd

from pages.parts.words import counted, one_of
from pipeline import VERSION
from pipeline.catalogue.spec import Spec

CLEAR = "*"
MINUS = "\u2212"
UNITS = {"normalised": "SD of the share of time", "share": "share of time", "normal_scores": "normal scores"}
PERSON, BEHAVIOUR, ROWS, OF_UNITS, CHECKS = "Person", "Behaviour", "Rows", "Units", "Checks"


@dataclass(frozen=True)
class Part:
    """One model of a table. `terms`: what the forest plot shows (person, code, mean, lower, upper, evidence, rows,
    units, seconds; inner_low and inner_high where known); `table`: every term, then the random part.
    """

    name: str
    spec: Spec
    terms: pd.DataFrame
    table: pd.DataFrame
    failed: tuple[str, ...] = ()


@dataclass(frozen=True)
class Export:
    """One or two models of one question, and what stands under every table and figure. `sd`: response -> SD of its
    shares; `exposure`: in words; `per`: what a coefficient is per ('1 SD (4.6 points) of EPDS'); `day`: when it was
    computed; `exploratory`: not pre-specified.
    """

    parts: tuple[Part, ...]
    rows: int
    units: int
    dyads: int
    families: int
    words: str
    number: int | None
    checksum: str
    engine: str
    seed: int
    day: str
    sd: dict[str, float]
    exposure: str
    per: str
    synthetic: bool
    exploratory: bool = False

    @property
    def spec(self) -> Spec:
        """The spec of the last model: the adjusted one where there are two."""
        return self.parts[-1].spec

    @property
    def failed(self) -> tuple[str, ...]:
        """Why a fit of it cannot be used, once each."""
        return tuple(dict.fromkeys(reason for part in self.parts for reason in part.failed))

    @property
    def name(self) -> str:
        """Beginning of the names of its files."""
        return f"{self.spec.name}_{self.spec.exposure}" if self.spec.exposure else self.spec.name


def failed_words(export: Export) -> str:
    """'This fit failed its own checks (...). Do not report it.', or ''."""
    return f"This fit failed its own checks ({'; '.join(export.failed)}). Do not report it." if export.failed else ""


def number(value: float) -> str:
    """Two decimals with a minus sign; never -0.00."""
    text = f"{value:.2f}"
    return (text if text != "-0.00" else "0.00").replace("-", MINUS)


def caption(export: Export) -> str:
    """The heading of a table; one that failed says so."""
    return f"{heading(export)}. Failed its own checks: do not report" if export.failed else heading(export)


def heading(export: Export) -> str:
    """What is associated with what in how many units."""
    spec = export.spec
    group = spec.behaviour_group.replace("_", " ")
    what = f"Associations between {export.exposure} and {group}" if spec.step.exposure else f"Codes of {group}"
    return f"{what} in {counted(export.units, 'unit')} ({counted(export.dyads, 'dyad')})"


def notes(export: Export, marked: bool = True) -> list[str]:
    """What stands under the table: the scale, the reference, the models, the data, how it was computed. `marked`: the
    mark of clear estimates is explained.
    """
    spec = export.spec
    per = f" per {export.per}" if spec.step.exposure else ""
    sd = ", ".join(f"{response} {100 * value:.1f}" for response, value in export.sd.items() if value == value)
    lines = [
        f"Posterior means with 95 % credible intervals (CrI), in {UNITS[spec.options.outcome]}{per}, relative to "
        f"'{spec.reference}'.{f' {CLEAR} The 95 % CrI excludes 0 (on unrounded numbers).' if marked else ''}"
    ]
    if spec.options.outcome == "normalised" and sd:
        lines.append(f"1 SD of the share of time, in percentage points: {sd}.")
    lines += [f"{part.name}: {_covariates(part.spec)}." for part in export.parts]
    lines.append(
        f"n = {counted(export.units, 'unit')} (recordings) of {counted(export.dyads, 'dyad')} in "
        f"{counted(export.families, 'family', 'families')}, {export.rows:,} rows (unit x behaviour). Selection: "
        f"{export.words}."
    )
    made = "synthetic data, " if export.synthetic else ""
    lines.append(
        f"Dyadscope {VERSION}, {export.engine} engine, seed {export.seed}; {made}generation {export.number} of the "
        f"data (checksum {export.checksum[:12]}), {export.day}."
    )
    if export.exploratory:
        lines.insert(0, "Exploratory: not a pre-specified analysis.")
    return ([failed_words(export)] if export.failed else []) + lines


def _covariates(spec: Spec) -> str:
    names = [one.label for one in spec.adjusted_for]
    return f"adjusted for {one_of(names, 'and')}" if names else "no covariates"


def table_of(export: Export) -> pd.DataFrame:
    """The printed table: Person, Behaviour, Rows, Units, per model estimate and 95 % CrI as text, Checks."""
    wide: dict[tuple[str, str], dict[str, object]] = {}
    for part in export.parts:
        for row in part.terms.to_dict("records"):
            line = wide.setdefault((row["person"], row["code"]), {ROWS: row["rows"], OF_UNITS: row["units"]})
            mark = CLEAR if row["evidence"] == "clear" else ""
            line[f"{part.name}: estimate"] = number(row["mean"]) + mark
            line[f"{part.name}: 95 % CrI"] = f"{number(row['lower'])} to {number(row['upper'])}"
    columns = [PERSON, BEHAVIOUR, ROWS, OF_UNITS, *_columns(export)]
    lines = [{PERSON: person, BEHAVIOUR: code, **line} for (person, code), line in wide.items()]
    frame = pd.DataFrame(lines, columns=columns).fillna("")
    return frame.assign(**{CHECKS: "failed" if export.failed else "passed"})


def _columns(export: Export) -> list[str]:
    return [f"{part.name}: {what}" for part in export.parts for what in ("estimate", "95 % CrI")]


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
        body += [_line(row, _columns(export)) for row in rows.to_dict("records")]
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
