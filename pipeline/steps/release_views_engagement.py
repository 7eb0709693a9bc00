"""Views of the engagement page: what play, still face and reunion each code takes, and how that changes."""

from collections.abc import Iterator

import numpy as np
import pandas as pd

from pipeline.catalogue.class_map import ClassMap
from pipeline.measures import still_face as measures
from pipeline.plain_words import SUBJECTS, plain
from pipeline.selection import Selection, select
from pipeline.steps import still_face
from pipeline.steps.release import ReleaseSpec
from pipeline.steps.release_views import Answer, Data, Template, top_two
from pipeline.steps.still_face import Asked

NUMBERS = ("mean", "low", "high")
STATISTICS = tuple((name, "families") for name in NUMBERS)
MEANS = ReleaseSpec(labels=("name", "colour", "episode"), counts=("families",), statistics=STATISTICS)
CHANGES = ReleaseSpec(labels=("name", "first", "second"), counts=("families",), statistics=STATISTICS)
MEAN_NAMES = {
    "name": "Code", "episode": "Episode", "mean": "Mean (% of time)", "low": "95 % from (%)", "high": "95 % to (%)",
    "families": "Families that show it (about)",
}  # fmt: skip
CHANGE_NAMES = {
    "name": "Code", "first": "From", "second": "To", "mean": "Change (points)", "low": "95 % from", "high": "95 % to",
    "families": "Families that show it (about)",
}  # fmt: skip
PEOPLE = ("infant", "caregiver1")


def templates(data: Data, protocol: str) -> Iterator[Template]:
    """Means and changes per behaviour group and person, where episodes are marked."""
    streams, episodes = still_face.streams_and_episodes(data.cursor)
    selected = select(data.observations, Selection(protocol=protocol))
    marked = set(episodes["observation_id"]) & set(selected["observation_id"])
    here = streams[streams["observation_id"].isin(marked) & streams["is_primary"] & streams["subject"].isin(PEOPLE)]
    titles = data.groups.set_index(["scheme", "behaviour_group"])["title"]
    for scheme, group, subject in sorted(
        set(zip(here["scheme"], here["behaviour_group"], here["subject"], strict=True))
    ):
        maps: dict[str, ClassMap] = still_face.class_maps(scheme, group)
        asked = Asked(scheme, group, subject, class_map=next(iter(maps), ""))
        who = f"{titles[(scheme, group)]}, {SUBJECTS[subject].lower()}"
        yield Template(
            f"{group}_{subject}_episodes", "engagement", protocol, who, "What does the still face do?", "draw_effect",
            MEANS, lambda selected, asked=asked: _means(data, selected, asked), MEAN_NAMES,
            {"axis": "Mean share of the episode (%)"}, filtered=False,
        )  # fmt: skip
        yield Template(
            f"{group}_{subject}_changes", "engagement", protocol, f"{who}: changes", "How much does it change?",
            "draw_changes", CHANGES, lambda selected, asked=asked: _changes(data, selected, asked), CHANGE_NAMES,
            {"axis": "Change (percentage points)"}, filtered=False,
        )  # fmt: skip


def _means(data: Data, selected: pd.DataFrame, asked: Asked) -> Answer | None:
    """Mean share per code and episode; behind it stand the sessions in which the code occurs in the episode."""
    shares, _, _ = still_face.complete_shares(data.cursor, asked, selected)
    if shares.empty:
        return None
    colours = data.codes.set_index("code")["colour"]
    colours = colours[~colours.index.duplicated()]
    rows = []
    for row in measures.mean_shares(shares).to_dict("records"):
        mine = shares[(shares["code"] == row["code"]) & (shares["episode"] == row["episode"]) & (shares["share"] > 0)]
        words = {
            "name": str(row["code"]),
            "colour": colours.get(row["code"], "#808080"),
            "episode": plain(row["episode"]),
        }
        rows.append((words, row, mine, mine["share"]))
    return _answer(data, rows)


def _changes(data: Data, selected: pd.DataFrame, asked: Asked) -> Answer | None:
    """Mean change per code and pair of episodes; behind it stand the sessions in which the code occurs in either."""
    shares, compared, _ = still_face.complete_shares(data.cursor, asked, selected)
    if shares.empty or len(compared) < 2:
        return None
    rows = []
    for row in measures.changes(shares, compared).to_dict("records"):
        pair = shares["episode"].isin([row["first"], row["second"]])
        mine = shares[(shares["code"] == row["code"]) & pair & (shares["share"] > 0)]
        words = {"name": str(row["code"]), "first": plain(row["first"]), "second": plain(row["second"])}
        rows.append((words, row, mine, mine["share"]))
    return _answer(data, rows)


def _answer(data: Data, rows: list[tuple[dict, dict, pd.DataFrame, pd.Series]]) -> Answer | None:
    kept = [one for one in rows if len(one[2])]
    frame = [
        words | {"families": mine["family_id"].nunique()} | {name: 100 * row[name] for name in NUMBERS}
        for words, row, mine, _ in kept
    ]
    behind = np.array([[data.mask(mine["observation_id"])] for _, _, mine, _ in kept])
    top2 = np.array([top_two(values.groupby(mine["family_id"].to_numpy()).sum()) for _, _, mine, values in kept])
    return Answer(pd.DataFrame(frame), behind, top2) if kept else None
