"""The command `smile-windows`: the smile paper's networks on the current study; metrics only."""

import sys
from argparse import Namespace
from pathlib import Path

import pandas as pd
from pydantic import ValidationError

from pipeline.catalogue.window_settings import WindowSettings
from pipeline.errors import StudyError, UserError, did_you_mean, file_name, listed
from pipeline.steps.fit_commands import study_cursor
from pipeline.steps.issues import begun_small
from pipeline.steps.observe import observation_frame
from pipeline.steps.smile_cohort import SmileCohort, gathered, read_smiles
from pipeline.steps.smile_window_search import SearchRefused
from pipeline.steps.smile_windows import Asked, asked_bands, in_order, order, rows, searched, unsuited
from pipeline.steps.whole_file import write_whole

COLUMNS = ["score", "choice", "size", "epochs", "unit", "guess", "metric", "value", "difference", "low", "high"]
COLUMNS += ["mothers", "sessions", "windows"]


def run_smile_windows(options: Namespace) -> None:
    """Trains the networks and prints (or writes to --csv) their errors; nothing else of them is kept."""
    settings = chosen_settings(options)
    cursor = study_cursor()
    cohort = gathered(read_smiles(cursor), observation_frame(cursor))
    names = chosen_scores(cohort, options.score)
    frame = rows(cohort.smiles, names)
    asked = Asked(suited(frame, names, settings), settings)
    found = searched(order(asked, asked_bands(cohort.bands)), frame, Told())
    if sys.stderr.isatty():
        print(file=sys.stderr)
    hand_over(table(found), options.csv)
    for name, one in found["scores"].items():
        print(sentence(name, one))


def chosen_settings(options: Namespace) -> WindowSettings:
    """The settings with what was given; UserError says which cannot be."""
    try:
        sizes, epochs = ([int(word) for word in text.split(",")] for text in (options.windows, options.epochs))
        return WindowSettings(
            windows=sizes, epochs=epochs, features=options.features, permutations=options.permutations
        )
    except ValidationError as faults:
        fault = faults.errors()[0]
        raise UserError(f"--{fault['loc'][0]}: {begun_small(fault['msg'])}.") from None
    except ValueError:
        raise UserError("--windows and --epochs take whole numbers with commas between: --windows 2,3.") from None


def chosen_scores(cohort: SmileCohort, name: str | None) -> tuple[str, ...]:
    """The questionnaire asked for, or all that have scores; StudyError without smiles or without that score."""
    if cohort.smiles.empty:
        raise StudyError("This study has no smiles. Add face tracks to its manifest ([[tracks]]) and import it again.")
    known = {one.casefold(): one for one in cohort.instruments}
    if name is None and known:
        return in_order(tuple(known.values()))
    if name is None or name.casefold() not in known:
        near = did_you_mean(name or "", set(known.values()))
        choices = listed(set(known.values())) or "none"
        raise StudyError(f"'{name or ''}' is no score of a recording with smiles.{near} There is: {choices}.")
    return (known[name.casefold()],)


def suited(frame: pd.DataFrame, names: tuple[str, ...], settings: WindowSettings) -> tuple[str, ...]:
    """The scores that can be searched for; the others are named on the error stream. SearchRefused when none can."""
    reasons = unsuited(frame, names, settings)
    if len(reasons) == len(names):
        raise SearchRefused(next(iter(reasons.values())))
    for reason in reasons.values():
        print(f"Left out. {reason}", file=sys.stderr)
    return tuple(name for name in names if name not in reasons)


def table(found: dict) -> pd.DataFrame:
    """All errors as rows (COLUMNS): choice `paper` (least squared error), `nested`, and every point of the `grid`."""
    parts = []
    for name, one in found["scores"].items():
        for choice, errors in one["errors"].items():
            about = one["asked"][choice]
            place = {"size": one["size"], "epochs": one["epochs"]} if choice == "paper" else {}
            parts.append(pd.DataFrame(errors).assign(score=name, choice=choice, **place, **about))
        for unit, prefix in (("window", ""), ("session", "session_")):
            for metric in ("mae", "rmse"):
                grid = pd.DataFrame(one["grid"]).rename(columns={f"{prefix}{metric}": "found"})
                columns = grid[["size", "epochs"]].assign(value=grid["found"], unit=unit, metric=metric)
                counts = pd.DataFrame(one["sizes"])[["size", "mothers", "sessions", "windows"]]
                parts.append(columns.merge(counts).assign(score=name, choice="grid", guess="network"))
    whole = pd.concat(parts, ignore_index=True).reindex(columns=COLUMNS)
    return whole.astype({"size": "Int64", "epochs": "Int64"})


def sentence(name: str, one: dict) -> str:
    """The finding of one score: the honest figure beside guessing the mean."""
    errors = pd.DataFrame(one["errors"]["nested"]).set_index(["unit", "metric", "guess"])
    network, mean = (errors.loc[("session", "rmse", guess)] for guess in ("network", "mean"))
    return (
        f"{name}: RMSE per recording {network['value']:.2f} points, guessing the mean {mean['value']:.2f} (difference "
        f"{mean['difference']:+.2f}, 95 % {mean['low']:+.2f} to {mean['high']:+.2f}; below 0 the network is better); "
        f"{one['mothers']} mothers, {one['sessions']} recordings, {one['smiles']} smiles. Research use only."
    )


class Told:
    """Says on a terminal how far the search is."""

    def report(self, news: dict[str, object]) -> None:
        """One line, written over; none where nobody watches."""
        if sys.stderr.isatty() and news.get("total"):
            share = int(news["done"]) / int(news["total"])
            print(f"\r{news['score']}: {share:.0%} of all", end="", file=sys.stderr, flush=True)

    def cancelled(self) -> bool:
        """Never."""
        return False

    def stopping(self) -> bool:
        """Never."""
        return False


def hand_over(found: pd.DataFrame, file: Path | None) -> None:
    """Prints the errors of the two choices, or writes all as CSV; a file appears as a whole or not at all."""
    if file is None:
        print(found[found["choice"] != "grid"].to_string(index=False, float_format="{:.3f}".format, na_rep=""))
        return
    write_whole(file, found.to_csv(index=False, lineterminator="\n"))
    print(f"{len(found)} rows written to {file_name(file)}.")
