"""Views of the agreement page: kappa of every behaviour group and person, of all that was coded twice and per role."""

from collections.abc import Iterator

import numpy as np
import pandas as pd

from pipeline.measures.agreement import NO_TIME, ONE_EMPTY
from pipeline.measures.agreement_method import Method
from pipeline.plain_words import SUBJECTS, plain
from pipeline.steps import agreement, agreement_pools
from pipeline.steps.agreement_pools import ALL, KEY
from pipeline.steps.release import ReleaseSpec
from pipeline.steps.release_views import Answer, Data, Template, sayable

ENOUGH = 5
"""With fewer recordings an interval looks surer than it is."""
COMPARED = {"two people": "Two people", "person and model": "Person and model", "two models": "Two models"}
NUMBERS = ("kappa", "low", "high", "kappa_max", "agreement", "ac1", "recordings")
KAPPAS = ReleaseSpec(
    labels=("behaviour", "who", "compared", "role", "label"), counts=("families",),
    statistics=tuple((name, "families") for name in NUMBERS),
)  # fmt: skip
NAMES = {
    "behaviour": "Behaviour", "who": "Of whom", "compared": "Who is compared", "role": "Only sessions with a",
    "kappa": "Kappa", "low": "95 % from", "high": "95 % to", "kappa_max": "Highest kappa possible",
    "agreement": "Agreement (%)", "ac1": "Gwet's AC1", "recordings": "Recordings (about)",
    "families": "Families (about)",
}  # fmt: skip


def templates(data: Data, protocol: str) -> Iterator[Template]:
    """One forest of kappas where recordings were coded twice."""
    paired = agreement.read_pairs(data.cursor)
    here = data.observations.loc[data.observations["protocol"] == protocol, "observation_id"]
    if paired.pairs["observation_id"].isin(here).any():
        measured = agreement.measure(paired, Method())
        yield Template(
            "kappas", "agreement", protocol, "Agreement of coders", "Do two coders see the same?", "draw_kappas",
            KAPPAS, lambda selected: _kappas(data, selected, measured), NAMES, among=("role", "label"), filtered=False,
            says=finding, note="Kappa is agreement beyond chance: 0 is chance, 1 perfect.",
        )  # fmt: skip


def _kappas(data: Data, selected: pd.DataFrame, measured: agreement.Measured) -> Answer | None:
    """Pools over all coders; behind each stand the recordings that both coded for some time."""
    pools = agreement_pools.pool(measured, selected)
    kappas = pools.kappas[(pools.kappas["first"] == ALL)]
    pulls = pools.pulls[~pools.pulls["outcome"].isin([NO_TIME, ONE_EMPTY])]
    family = selected.set_index("observation_id")["family_id"]
    titles = data.groups.set_index(["scheme", "behaviour_group"])["title"]
    rows, behind, may = [], [], {ALL, *sayable(data, "role")}
    for row in kappas[kappas["role"].isin(may)].to_dict("records"):
        mine = pulls.loc[(pulls[list(KEY)] == [row[name] for name in KEY]).all(axis=1), "observation_id"].unique()
        rows.append(_row(row, titles[(row["scheme"], row["behaviour_group"])], family.loc[mine].nunique()))
        behind.append([data.mask(mine)])
    return Answer(pd.DataFrame(rows), np.array(behind)) if rows else None


def _row(row: dict, title: str, families: int) -> dict:
    who = SUBJECTS.get(row["subject"], plain(row["subject"]))
    role = "" if row["role"] == ALL else plain(row["role"])
    label = f"{title}: {who.lower()}{f', with {role.lower()}' if role else ''}"
    few = row["recordings"] < ENOUGH
    numbers = {name: np.nan if few and name in ("low", "high") else row[name] for name in NUMBERS}
    numbers["agreement"] = 100 * row["agreement"]
    words = {"behaviour": title, "who": who, "compared": COMPARED[row["comparison"]], "role": role, "label": label}
    return words | {"families": families} | numbers


def finding(frame: pd.DataFrame) -> str:
    """'Two people agree with kappa 0.77 to 0.92 (0 is chance, 1 perfect).'"""
    known = frame[(frame["role"] == "") & frame["kappa"].notna()]
    parts = []
    for compared, kappas in known.groupby("compared", sort=False)["kappa"]:
        low, high = kappas.min(), kappas.max()
        who = f"{str(compared).lower()} with" if parts else f"{compared} agree with"
        parts.append(f"{who} kappa {low:g}" + (f" to {high:g}" if high > low else ""))
    return f"{'; '.join(parts)} (0 is chance, 1 perfect)." if parts else ""
