"""From the answers of a search to what may be kept of it: errors of all together, never an answer about one person."""

import math
from dataclasses import dataclass

import numpy as np
import pandas as pd

from pipeline.catalogue.instrument import points_per_band
from pipeline.catalogue.window_settings import WindowSettings
from pipeline.measures.smile_window_errors import calibration, errors, metric, per_session, spread_difference
from pipeline.steps.smile_window_search import Searched

GUESSES = ["mean", "median", "ridge"]
KEYS = ["seed", "mother", "session", "score"]


@dataclass(frozen=True)
class Choice:
    """One point of the grid: window size and epochs."""

    size: int
    epochs: int


def report(found: Searched, smiles: pd.DataFrame, bands: list[tuple[float, float]], settings: WindowSettings) -> dict:
    """Metrics of one search as plain JSON: see the names below; points are the score's, errors are of people who did
    not teach.
    """
    scores = smiles.drop_duplicates("session")["score"]
    table = grid(found, settings)
    best = least(table)
    nested, choices = nested_answers(found, settings)
    kept = {"paper": picked(found.outer[best.size], best), "nested": nested}
    points = points_per_band(bands)
    spread = points.mean if points else math.nan
    return plain(
        {
            "mothers": smiles["mother"].nunique(), "sessions": len(scores), "smiles": len(smiles),
            "score_mean": scores.mean(), "score_sd": scores.std(),
            "sizes": sizes(found), "grid": table.to_dict("records"),
            "size": best.size, "epochs": best.epochs, "choices": choices,
            "errors": {name: errors(answers).to_dict("records") for name, answers in kept.items()},
            "asked": {name: about(answers) for name, answers in kept.items()},
            "spread": spread,
            "spread_differences": {name: against_spread(answers, spread) for name, answers in kept.items()},
            "calibration": calibration(nested).to_dict("records"),
            "permutation": permutation(found, settings),
            "features": found.features, "of_folds": len(settings.seeds) * settings.folds,
        }
    )  # fmt: skip


def plain(value: object) -> object:
    """Numbers of Python, rounded to six digits that count; what is not a number is None."""
    if isinstance(value, dict):
        return {str(key): plain(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [plain(one) for one in value]
    if hasattr(value, "item"):
        value = value.item()
    if isinstance(value, float):
        return float(f"{value:.6g}") if math.isfinite(value) else None
    return value


def sizes(found: Searched) -> list[dict[str, object]]:
    """How many windows, sessions and mothers each window size has, and how many sessions had too few smiles."""
    return [
        {
            "size": size, "windows": len(cut.frame), "sessions": cut.sessions, "dropped": cut.dropped,
            "mothers": cut.frame["mother"].nunique(),
        }
        for size, cut in found.cuts.items()
    ]  # fmt: skip


def picked(answers: pd.DataFrame, choice: Choice) -> pd.DataFrame:
    """The answers after so many epochs, as `network`."""
    return answers.assign(network=answers[str(choice.epochs)])[[*KEYS, "network", *GUESSES]]


def about(answers: pd.DataFrame) -> dict[str, int]:
    """Who was asked: mothers and sessions of any seed, and windows of the first seed."""
    first = answers[answers["seed"] == answers["seed"].min()]
    people = {f"{name}s": answers[name].nunique() for name in ("mother", "session")}
    return people | {"windows": len(first)}


def grid(found: Searched, settings: WindowSettings) -> pd.DataFrame:
    """A row per window size and epochs: mean squared error per window of each seed, its mean and SD over seeds, and the
    errors per window and per session.
    """
    rows = []
    for size, answers in found.outer.items():
        for epochs in settings.epochs:
            frame = picked(answers, Choice(size, epochs))
            sessions = per_session(frame)
            square = ((frame["network"] - frame["score"]) ** 2).groupby(frame["seed"]).mean()
            rows.append(
                {
                    "size": size, "epochs": epochs, "mse": square.mean(), "mse_sd": square.std(),
                    "mae": metric(frame, "network", "mae"), "rmse": metric(frame, "network", "rmse"),
                    "session_mae": metric(sessions, "network", "mae"),
                    "session_rmse": metric(sessions, "network", "rmse"), "mean_rmse": metric(frame, "mean", "rmse"),
                }
            )  # fmt: skip
    return pd.DataFrame(rows)


def least(table: pd.DataFrame) -> Choice:
    """The paper's choice: the least mean squared error, averaged over seeds; of equal ones the smaller network."""
    row = table.sort_values(["mse", "size", "epochs"], kind="stable").iloc[0]
    return Choice(int(row["size"]), int(row["epochs"]))


def nested_answers(found: Searched, settings: WindowSettings) -> tuple[pd.DataFrame, list[dict[str, int]]]:
    """Answers whose window size and epochs were chosen without the people asked, and how often each was chosen."""
    columns = list(map(str, settings.epochs))
    off = {}
    for size, answers in found.inner.items():
        square = answers[columns].sub(answers["score"], axis=0) ** 2
        off[size] = square.groupby([answers["seed"], answers["fold"]]).mean()
    table = pd.concat(off, names=["size"]).rename_axis(columns="epochs").stack()
    parts, choices = [], []
    for (seed, fold), mine in table.groupby(level=["seed", "fold"]):
        size, _, _, epochs = mine.idxmin()
        answers = found.outer[size]
        parts.append(picked(answers[(answers["seed"] == seed) & (answers["fold"] == fold)], Choice(size, int(epochs))))
        choices.append(Choice(int(size), int(epochs)))
    counted = pd.Series(choices).value_counts(sort=False)
    times = [{"size": one.size, "epochs": one.epochs, "times": int(count)} for one, count in counted.items()]
    return pd.concat(parts, ignore_index=True), sorted(times, key=lambda row: (-row["times"], row["size"]))


def against_spread(answers: pd.DataFrame, spread: float) -> list[dict[str, object]]:
    """Mean absolute error minus the width of a band, per window and per session."""
    if not math.isfinite(spread):
        return []
    ends = {unit: spread_difference(answers, spread, unit) for unit in ("window", "session")}
    return [{"unit": unit, "difference": one[0], "low": one[1], "high": one[2]} for unit, one in ends.items()]


def skill(outer: dict[int, pd.DataFrame], settings: WindowSettings) -> float:
    """1 minus the network's squared error over that of guessing the mean, at the grid's own best point of one seed."""
    found = {}
    for size, answers in outer.items():
        for epochs in settings.epochs:
            square = float(((answers[str(epochs)] - answers["score"]) ** 2).mean())
            found[size, epochs] = (square, float(((answers["mean"] - answers["score"]) ** 2).mean()))
    square, base = min(found.values())
    return 1 - square / base if base > 0 else math.nan


def permutation(found: Searched, settings: WindowSettings) -> dict[str, object]:
    """The first seed's search beside the same search on shuffled scores: what is left there is what choosing makes."""
    if not found.shuffled:
        return {}
    first = {size: answers[answers["seed"] == settings.seeds[0]] for size, answers in found.outer.items()}
    observed, others = skill(first, settings), np.array([skill(one, settings) for one in found.shuffled])
    p = (1 + int((others >= observed).sum())) / (1 + len(others))
    return {"observed": observed, "shuffled": sorted(others.tolist()), "p": p}
