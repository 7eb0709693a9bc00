"""Tables of networks on windows of smiles: their rows, names and release rules. Families here are mothers."""

import pandas as pd

from pages.parts.smiles_windows_words import GUESSES, SPREAD, WAYS, entry, points, signed
from pages.parts.words import escape
from pipeline.catalogue.smile_paper import published
from pipeline.steps.release import ReleasedFrame, ReleaseSpec, shown

AGAINST = ReleaseSpec(
    labels=("label", "way"),
    counts=("mothers",),
    unit="mothers",
    statistics=tuple((name, "mothers") for name in ("network", "guess", "difference", "low", "high")),
)
AGAINST_NAMES = {
    "label": "Compared with", "way": "Window and epochs", "network": "Network off by", "guess": "Guess off by",
    "difference": "Difference", "low": "95 % from", "high": "95 % to", "mothers": "Mothers",
}  # fmt: skip
GRID = ReleaseSpec(
    labels=("size", "epochs"),
    counts=("mothers",),
    unit="mothers",
    statistics=tuple((name, "mothers") for name in ("mse", "mse_sd", "mae", "rmse", "session_mae", "session_rmse",
                                                    "mean_rmse")),
)  # fmt: skip
GRID_NAMES = {
    "size": "Smiles", "epochs": "Epochs", "mse": "MSE", "mse_sd": "SD over seeds", "mae": "MAE", "rmse": "RMSE",
    "mean_rmse": "RMSE of the mean", "session_mae": "MAE per recording", "session_rmse": "RMSE per recording",
    "windows": "Windows", "sessions": "Recordings", "mothers": "Mothers",
}  # fmt: skip
CALIBRATION = ReleaseSpec(
    labels=("group",),
    counts=("families",),
    statistics=tuple((name, "families") for name in ("predicted", "observed", "low", "high")),
)
CALIBRATION_NAMES = {
    "group": "Group", "predicted": "Answered (mean)", "observed": "In fact (mean)", "low": "95 % from",
    "high": "95 % to", "sessions": "Recordings", "families": "Families",
}  # fmt: skip
SHUFFLED = ReleaseSpec(labels=("scores", "saved"))
SHUFFLED_NAMES = {"scores": "Scores", "saved": "Squared error saved (%)"}
TABLE_II = ReleaseSpec(
    labels=("score", "paper_choice", "paper_mae", "paper_rmse", "choice"),
    counts=("mothers",),
    unit="mothers",
    statistics=tuple((name, "mothers") for name in ("mae", "rmse", "mean_mae", "mean_rmse", "nested_mae",
                                                    "nested_rmse")),
)  # fmt: skip
TABLE_II_NAMES = {
    "score": "Score", "paper_choice": "Paper: smiles, epochs", "paper_mae": "Paper: MAE", "paper_rmse": "Paper: RMSE",
    "choice": "Here: smiles, epochs", "mae": "Here: MAE", "rmse": "Here: RMSE", "mean_mae": "Mean guessed: MAE",
    "mean_rmse": "Mean guessed: RMSE", "nested_mae": "Honest choice: MAE", "nested_rmse": "Honest choice: RMSE",
    "mothers": "Mothers",
}  # fmt: skip


COLUMNS = {
    "Paper": ("paper_mae", "paper_rmse", "paper_choice"),
    "Here, paper's choice": ("mae", "rmse", "choice"),
    "Here, honest choice": ("nested_mae", "nested_rmse", ""),
    "Guessing the mean": ("mean_mae", "mean_rmse", ""),
}
"""Column of the narrow table -> MAE, RMSE, and smiles and epochs."""


def narrow(released: ReleasedFrame) -> pd.DataFrame:
    """Table II as text with all numbers of a way in one column, so that it fits a narrow screen (markdown)."""
    frame = shown(released)
    text = {"Score": [escape(str(name)).replace("-", "\u2011") for name in frame["score"]]}
    for heading, (mae, rmse, choice) in COLUMNS.items():
        text[heading] = [
            _said(_figure(row[mae]), _figure(row[rmse]), _figure(row.get(choice))) for row in frame.to_dict("records")
        ]
    return pd.DataFrame(text | {"Mothers": frame["mothers"].map(str)})


def _said(mae: str, rmse: str, choice: str) -> str:
    """'1.43, 1.92 (4, 150)'; empty where there is none."""
    return f"{mae}, {rmse}{f' ({choice})' if choice else ''}" if mae else ""


def _figure(value: object) -> str:
    if isinstance(value, float):
        return "" if pd.isna(value) else points(value)
    return "" if value is None else str(value)


def against(one: dict, unit: str, metric: str) -> pd.DataFrame:
    """Network against each guess, for both ways of choosing: label, way, network, guess, difference, low, high,
    mothers, text. The width of a band is compared with the mean absolute error only.
    """
    rows = []
    for guess, label in GUESSES.items():
        for way, words in WAYS.items():
            row, network = (entry(one, way, unit, metric, name) for name in (guess, "network"))
            rows.append(_row(one, way, label, words, network["value"], row["value"], row))
    if one["spread"] is not None and metric == "mae":
        for way, words in WAYS.items():
            row = next(row for row in one["spread_differences"][way] if row["unit"] == unit)
            network = entry(one, way, unit, "mae", "network")
            rows.append(_row(one, way, SPREAD, words, network["value"], one["spread"], row))
    return pd.DataFrame(rows)


def _row(one: dict, way: str, label: str, words: str, network: float, guess: float, row: dict) -> dict[str, object]:
    text = f"{label}, {words}: {points(network)} against {points(guess)}, difference {signed(row['difference'])} "
    text += f"({signed(row['low'])} to {signed(row['high'])})"
    ends = {name: row[name] for name in ("difference", "low", "high")}
    mothers = one["asked"][way]["mothers"]
    return {"label": label, "way": words, "network": network, "guess": guess, **ends, "mothers": mothers, "text": text}


def grid(one: dict) -> pd.DataFrame:
    """The grid with how many windows, recordings and mothers stand behind each window size."""
    sizes = pd.DataFrame(one["sizes"])[["size", "windows", "sessions", "mothers"]]
    return pd.DataFrame(one["grid"]).merge(sizes, on="size")


def calibration(one: dict) -> pd.DataFrame:
    """Groups of recordings by what was answered, from low to high; groups of few families have no numbers."""
    frame = pd.DataFrame(one["calibration"])
    numbers = ["predicted", "observed", "low", "high"]
    frame[numbers] = frame[numbers].astype(float)
    texts = [
        f"answered {row.predicted:.1f}, in fact {row.observed:.1f} ({row.low:.1f} to {row.high:.1f}); "
        f"{row.sessions} recordings of {row.families} families"
        for row in frame.itertuples()
    ]
    return frame.assign(group=range(1, len(frame) + 1), text=texts)


def shuffled(found: dict) -> pd.DataFrame:
    """Squared error saved (%) by the search on the real and on shuffled scores."""
    rows = [("real", found["observed"]), *(("shuffled", one) for one in found["shuffled"])]
    return pd.DataFrame([(name, 100 * value) for name, value in rows], columns=["scores", "saved"])


def table_ii(scores: dict[str, dict]) -> pd.DataFrame:
    """Table II of the paper beside these searches: errors per window of the paper's choice, of guessing the mean on the
    same windows, and of the honest choice.
    """
    rows = []
    for name, one in scores.items():
        paper = published(name)
        mine = {metric: entry(one, "paper", "window", metric, "network")["value"] for metric in ("mae", "rmse")}
        mean = {f"mean_{metric}": entry(one, "paper", "window", metric, "mean")["value"] for metric in mine}
        nested = {f"nested_{metric}": entry(one, "nested", "window", metric, "network")["value"] for metric in mine}
        printed = ("", None, None) if paper is None else (f"{paper.window}, {paper.epochs}", paper.mae, paper.rmse)
        told = dict(zip(("paper_choice", "paper_mae", "paper_rmse"), printed, strict=True))
        choice = f"{one['size']}, {one['epochs']}"
        mothers = one["asked"]["paper"]["mothers"]
        rows.append({"score": name, **told, "choice": choice, **mine, **mean, **nested, "mothers": mothers})
    return pd.DataFrame(rows)
