"""Views of the engagement page: what play, still face and reunion each code takes, and how that changes."""

from collections.abc import Iterator

import numpy as np
import pandas as pd

from pipeline.catalogue.class_map import ClassMap
from pipeline.catalogue.episodes import EPISODES
from pipeline.measures import still_face as measures
from pipeline.plain_words import MINUS, SUBJECTS, one_of, plain
from pipeline.selection import Selection, select
from pipeline.steps import still_face
from pipeline.steps.release import ReleaseSpec
from pipeline.steps.release_views import Answer, Data, Template, meanings, top_two
from pipeline.steps.still_face import Asked

NUMBERS = ("mean", "low", "high")
STATISTICS = tuple((name, "families") for name in NUMBERS)
MEANS = ReleaseSpec(labels=("name", "colour", "episode"), counts=("families",), statistics=STATISTICS)
CHANGES = ReleaseSpec(labels=("name", "first", "second"), counts=("families",), statistics=STATISTICS)
MEAN_NAMES = {
    "name": "Phase", "episode": "Episode", "mean": "Mean (% of time)", "low": "95 % from (%)", "high": "95 % to (%)",
    "families": "Families that show it (about)",
}  # fmt: skip
CHANGE_NAMES = {
    "name": "Phase", "first": "From", "second": "To", "mean": "Change (percentage points)", "low": "95 % from",
    "high": "95 % to", "families": "Families that show it (about)",
}  # fmt: skip
PEOPLE = ("infant", "caregiver1")
STEPS = (("play", "still_face"), ("still_face", "reunion"), ("play", "reunion"))
"""What a finding is about: the first of these that is shown."""


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
        title, who = titles[(scheme, group)], SUBJECTS[subject].lower()
        title = title if who in title.lower() else f"{title}, {who}"
        yield Template(
            f"{group}_{subject}_episodes", "engagement", protocol, f"{title} over the episodes",
            "What does the still face do?", "draw_effect", MEANS,
            lambda selected, asked=asked: _means(data, selected, asked), MEAN_NAMES,
            {"axis": "Mean share of the episode (%)", "episodes": list(EPISODES.values())}, filtered=False,
            adds=("episode",), says=means_say,
        )  # fmt: skip
        yield Template(
            f"{group}_{subject}_changes", "engagement", protocol, f"{title}: changes between episodes",
            "How much does it change?", "draw_changes", CHANGES,
            lambda selected, asked=asked: _changes(data, selected, asked), CHANGE_NAMES,
            {"axis": "Change (percentage points)", "episodes": list(EPISODES.values())}, filtered=False,
            between=f"{group}_{subject}_episodes", says=changes_say,
        )  # fmt: skip


def means_say(frame: pd.DataFrame) -> str:
    """The largest fall and the largest rise from play to still face, of phases shown in both; of other episodes where
    none is."""
    table = frame.pivot(index="name", columns="episode", values="mean")
    return next((said for step in STEPS if (said := _step_says(table, *(EPISODES[one] for one in step)))), "")


def _step_says(table: pd.DataFrame, first: str, second: str) -> str:
    """The largest fall and rise between two episodes; '' where no phase is shown in both."""
    if not {first, second} <= set(table) or (both := table[[first, second]].dropna()).empty:
        return ""
    apart = both[second] - both[first]
    parts = [
        f"{name} {verb} from {both.at[name, first]:g} to {both.at[name, second]:g} %"
        for name, verb in ((apart.idxmin(), "falls"), (apart.idxmax(), "rises"))
        if (apart[name] < 0) == (verb == "falls") and apart[name]
    ]
    return f"From {first.lower()} to {second.lower()}, {one_of(parts, 'and')}." if parts else ""


def changes_say(frame: pd.DataFrame) -> str:
    """What clearly changes from play to still face (the interval excludes 0); in another step where that is hidden."""
    for step in STEPS:
        first, second = (EPISODES[one] for one in step)
        mine = frame[(frame["first"] == first) & (frame["second"] == second) & frame["mean"].notna()]
        if len(mine):
            return _changes_say(mine.sort_values("mean"), f"from {first.lower()} to {second.lower()}")
    return ""


def _changes_say(known: pd.DataFrame, step: str) -> str:
    """What clearly changes in one step, the largest fall first."""
    clear = known[(known["low"] > 0) | (known["high"] < 0)]
    if clear.empty:
        return f"Nothing clearly changes {step}."
    parts = [f"{row.name} {row.mean:+g}".replace("-", MINUS) for row in clear.itertuples(index=False)]
    return f"{step[:1].upper()}{step[1:]}, in percentage points: {one_of(parts, 'and')}."


def _means(data: Data, selected: pd.DataFrame, asked: Asked) -> Answer | None:
    """Mean share per code and episode; behind it stand the sessions in which the code occurs in the episode."""
    shares, _, _ = still_face.complete_shares(data.cursor, asked, selected)
    if shares.empty:
        return None
    colours = data.codes.set_index("code")["colour"]
    colours = colours[~colours.index.duplicated()]
    rows, words_of = [], meanings(data, shares["code"].unique())
    order, found = list(EPISODES), measures.mean_shares(shares)
    places = found["episode"].astype("str").map(order.index)
    found = found.assign(at=places, code_at=pd.factorize(found["code"])[0]).sort_values(["code_at", "at"])
    for row in found.to_dict("records"):
        mine = shares[(shares["code"] == row["code"]) & (shares["episode"] == row["episode"]) & (shares["share"] > 0)]
        words = {
            "name": words_of[str(row["code"])],
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
    rows, words_of = [], meanings(data, shares["code"].unique())
    for row in measures.changes(shares, compared).to_dict("records"):
        pair = shares["episode"].isin([row["first"], row["second"]])
        mine = shares[(shares["code"] == row["code"]) & pair & (shares["share"] > 0)]
        words = {"name": words_of[str(row["code"])], "first": plain(row["first"]), "second": plain(row["second"])}
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
