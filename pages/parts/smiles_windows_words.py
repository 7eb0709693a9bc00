"""Networks on windows of smiles in words: the finding in one sentence, what it rests on, how long a search takes."""

import pandas as pd

from pages.parts.words import counted, escape, one_of
from pipeline.catalogue.smile_feature_names import smile_feature
from pipeline.jobs import Job

SPACE = "\u00a0"
GUESSES = {
    "mean": "Guessing the mean for everybody",
    "median": "Guessing the median for everybody",
    "ridge": "A straight line on the same features (ridge)",
}
SPREAD = "Width of a band of the score"
WAYS = {"nested": "chosen without the mothers asked", "paper": "chosen as in the paper"}
STATES = {
    "queued": "Waiting for its turn", "compiling": "Getting ready", "running": "Running", "failed": "Failed",
    "lost": "Lost",
}  # fmt: skip
FEATURES = {
    "chosen": "Four, chosen anew in each training fold",
    "paper": "The paper's four",
    "all": "All eight",
}
RESEARCH = (
    "**For research only.** Nothing here is about one mother: no answer about a person is shown, stored or exported, "
    "and the networks are thrown away when the search ends; only their errors are kept. It must not be used for "
    "diagnosis or surveillance; the authors of the paper did not share their networks for that reason."
)
LARGEST_P = 0.05
SURE = 0.05
"""From this share on the time that is left can be said."""


def points(value: float) -> str:
    """'3.21', '0.42': two decimals, as the paper prints them."""
    return f"{value:.2f}".replace("-", "\u2212")


def signed(value: float) -> str:
    """'+0.12', '−0.30'."""
    return f"{value:+.2f}".replace("-", "\u2212")


def entry(one: dict, way: str, unit: str, metric: str, guess: str) -> dict:
    """One row of the errors of a score."""
    rows = one["errors"][way]
    return next(row for row in rows if (row["unit"], row["metric"], row["guess"]) == (unit, metric, guess))


def verdict(row: dict) -> str:
    """Whether the network beats a guess, from the interval of the difference: better, worse or even."""
    return "better" if row["high"] < 0 else "worse" if row["low"] > 0 else "even"


def finding(score: str, one: dict) -> str:
    """The finding of one score in one sentence with its figures (markdown)."""
    network, mean = (entry(one, "nested", "session", "rmse", guess) for guess in ("network", "mean"))
    said = {
        "better": "**better than** guessing the mean", "worse": "**worse than** guessing the mean",
        "even": "**not clearly better than** guessing the mean",
    }[verdict(mean)]  # fmt: skip
    return (
        f"Smiles predict {escape(score)} {said}: typically {points(network['value'])}{SPACE}points off, against "
        f"{points(mean['value'])} (difference {signed(mean['difference'])}, 95{SPACE}% {signed(mean['low'])} to "
        f"{signed(mean['high'])})."
    )


def basis(one: dict) -> str:
    """What the finding rests on (markdown)."""
    asked = one["asked"]["nested"]
    return (
        f"Typically off: root mean squared error (RMSE) per recording, {counted(asked['sessions'], 'recording')} of "
        f"{counted(asked['mothers'], 'mother')} with enough kept smiles. Every mother was asked only by networks that "
        "had seen none of her recordings; window size and epochs were chosen without her too."
    )


def line_says(one: dict) -> str:
    """Whether a network was needed: the comparison with ridge regression (markdown)."""
    row = entry(one, "nested", "session", "rmse", "ridge")
    figures = f"({points(row['value'])}, difference {signed(row['difference'])}, 95{SPACE}% {signed(row['low'])} to "
    figures += f"{signed(row['high'])})"
    if verdict(row) == "better":
        return f"The networks are also better than a straight line on the same features {figures}."
    word = "better" if verdict(row) == "worse" else "as well"
    return f"A straight line on the same features does {word} {figures}."


def paper_says(one: dict) -> str:
    """The paper's way of choosing beside the honest one (markdown)."""
    network, mean = (entry(one, "paper", "window", "rmse", guess) for guess in ("network", "mean"))
    mae = entry(one, "paper", "window", "mae", "network")
    return (
        f"Chosen as in the paper (the least error of the whole grid, by windows): {one['size']} smiles, "
        f"{one['epochs']} epochs, MAE {points(mae['value'])}, RMSE {points(network['value'])}; guessing the mean on "
        f"the same windows: RMSE {points(mean['value'])}."
    )


def spread_says(one: dict) -> str:
    """The comparison of the paper's Table I, and what it is worth (markdown); empty for a score without bands."""
    if one["spread"] is None:
        return ""
    network, mean = (entry(one, "nested", "session", "mae", guess)["value"] for guess in ("network", "mean"))
    below = "so is guessing the mean" if mean < one["spread"] else "guessing the mean is not"
    side = "below" if network < one["spread"] else "not below"
    return (
        f"The paper also compares with the mean width of a band of the score: {points(one['spread'])} points. The "
        f"network's MAE per recording ({points(network)}) is {side} it, and {below} ({points(mean)})."
    )


def dropped(one: dict) -> str:
    """How many recordings have too few smiles for each window size (markdown)."""
    parts = [f"{row['dropped']} for {row['size']}" for row in one["sizes"]]
    return (
        f"Of {counted(one['sessions'], 'recording')} with a kept smile, these have too few for a window: "
        f"{'; '.join(parts)}. So larger windows are about fewer, more smiling mothers, and errors of different window "
        "sizes are not about the same people: the grey line shows what that alone does to guessing."
    )


def shuffled_says(score: str, found: dict) -> str:
    """What shuffling the scores shows (markdown)."""
    others = pd.Series(found["shuffled"])
    real, count = found["observed"], len(others)
    beaten = int((others >= real).sum())
    clear = found["p"] <= LARGEST_P
    head = "The real scores stand out" if clear else "The real scores do not stand out"
    return (
        f"**{head}**: the search saves {_saved(real)} of the squared error with them, and {_saved(others.min())} to "
        f"{_saved(others.max())} when the {escape(score)} scores are shuffled between mothers ({beaten} of {count} "
        f"shuffles do as well or better; p {found['p']:.2f}, the smallest possible is {1 / (count + 1):.2f}). Below 0 "
        "is worse than guessing the mean."
    )


def _saved(share: float) -> str:
    return f"{100 * share:.0f}{SPACE}%".replace("-", "\u2212")


def features_say(one: dict) -> str:
    """Which features the networks were given, and how often (markdown)."""
    used = sorted(((count, name) for name, count in one["features"].items() if count), reverse=True)
    parts = [f"{smile_feature(name).label.lower()} {count}" for count, name in used]
    return f"Features given to the networks, in how many of {one['of_folds']} training folds: {one_of(parts, 'and')}."


def duration(seconds: float) -> str:
    """'about 40 seconds', 'about 3 minutes'."""
    if seconds < 55:
        return f"about {max(10, 10 * round(seconds / 10))} seconds"
    minutes = max(1, round(seconds / 60))
    return f"about {counted(minutes, 'minute')}"


def state(job: Job) -> str:
    """How a job stands (plain text)."""
    word = STATES.get(job.state, job.state)
    if not job.active:
        return job.sentence if job.state == "cancelled" else f"{word}. {job.sentence}".strip()
    share = part(job)
    about = str(job.progress.get("score", ""))
    return f"{word}: {about}, {100 * share:.0f}{SPACE}% of all" if share and about else word


def left(job: Job, seconds: float) -> str:
    """', about 2 minutes left': what a job that has run for so long still needs; '' before that can be said."""
    share = part(job)
    if share < SURE:
        return ""
    return f", {duration(seconds * (1 - share) / share)} left"


def part(job: Job) -> float:
    """How much of a job is done, 0 to 1."""
    total = float(job.progress.get("total") or 0)
    return min(float(job.progress.get("done", 0)) / total, 1.0) if total else 0.0
