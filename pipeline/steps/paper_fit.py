"""A fit as a paper shows it: what is exported of it, its printed table, its caption, and what stands under them."""

from dataclasses import dataclass

import pandas as pd

from pipeline import VERSION
from pipeline.catalogue.spec import Spec
from pipeline.figures.forest import Forest
from pipeline.measures.shares import FIVE_MINUTES_S
from pipeline.plain_words import counted, decimal, one_of

CLEAR = "*"
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
    return decimal(value)


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
    columns = [PERSON, BEHAVIOUR, ROWS, OF_UNITS, *columns_of(export)]
    lines = [{PERSON: person, BEHAVIOUR: code, **line} for (person, code), line in wide.items()]
    frame = pd.DataFrame(lines, columns=columns).fillna("")
    return frame.assign(**{CHECKS: "failed" if export.failed else "passed"})


def columns_of(export: Export) -> list[str]:
    """The two columns of every model."""
    return [f"{part.name}: {what}" for part in export.parts for what in ("estimate", "95 % CrI")]


def forest_of(export: Export) -> Forest:
    """What its forest plot says: the terms, the words and the scales."""
    outcome, normalised = UNITS[export.spec.options.outcome], export.spec.options.outcome == "normalised"
    people = {person for part in export.parts for person in part.terms["person"]}
    known = {person: export.sd.get(person.lower()) for person in people}
    return Forest(
        models=tuple((part.name, part.terms) for part in export.parts),
        title=heading(export),
        outcome=outcome[:1].upper() + outcome[1:],
        notes=tuple(notes(export, marked=False)[1 if export.failed else 0 :]),
        failed=failed_words(export),
        seconds={person: FIVE_MINUTES_S * sd for person, sd in known.items() if sd and normalised},
    )
