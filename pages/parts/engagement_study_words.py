"""Sentences of the study's view: what a code means, the finding, who counts."""

import pandas as pd

from pages.parts.words import counted, escape, one_of
from pipeline.catalogue.episodes import EPISODES
from pipeline.measures.still_face import NO_EPISODES

MINUS, SPACE = "\u2212", "\u00a0"
IN_WORDS = {"play": "play", "still_face": "the still face", "reunion": "the reunion"}
UNITS = {"share": "%", "seconds": "s per minute"}
STEPS = {"share": "points", "seconds": "s per minute"}
CHANGE_AXIS = {
    "share": "Change of the share of time, in percentage points, with 95 % intervals by family",
    "seconds": "Change in seconds per minute, with 95 % intervals by family",
}
MEAN_AXIS = {
    ("share", False): "Mean share of coded time (%)",
    ("share", True): "Mean share of the time seen (%)",
    ("seconds", False): "Mean seconds per coded minute",
    ("seconds", True): "Mean seconds per minute seen",
}


def meaning(code: str, description: object) -> str:
    """'Ipos (social positive engagement)'; the code alone where the scheme says nothing."""
    text = description if isinstance(description, str) else ""
    short = text.split(":")[0].split(".")[0].split("(")[0].strip()
    return f"{code} ({short[:1].lower()}{short[1:]})" if short else code


def meanings(codes: pd.DataFrame) -> dict[str, str]:
    """Code -> code with its meaning."""
    return {row.code: meaning(row.code, row.description) for row in codes.itertuples()}


def value(number: float, display: str) -> str:
    """'31 %' or '18.6 s per minute'."""
    return f"{number:.0f}{SPACE}%" if display == "share" else f"{number:.1f}{SPACE}s per minute"


def change(row: object, display: str) -> str:
    """'−29 points (95 % −35 to −23)'."""
    digits = 0 if display == "share" else 1
    number, low, high = (_signed(one, digits) for one in (row.mean, row.low, row.high))
    ends = f" (95{SPACE}% {low} to {high})" if pd.notna(row.low) else ""
    return f"{number}{SPACE}{STEPS[display]}{ends}"


def figures(row: object, display: str) -> str:
    """'−29 (−35 to −23)', the unit stands on the axis."""
    digits = 0 if display == "share" else 1
    number, low, high = (_signed(one, digits) for one in (row.mean, row.low, row.high))
    return f"{number} ({low} to {high})" if pd.notna(row.low) else number


def _signed(number: float, digits: int) -> str:
    """'+27', '−0.4', '0' without a sign; a number that would round to 0 but is on one side of it gets a decimal."""
    digits += f"{abs(number):.{digits}f}".strip("0.") == "" and abs(number) >= 0.05
    text = f"{number:+.{digits}f}".replace("-", MINUS)
    return text if text.strip(f"+{MINUS}0.") else text[1:]


def finding(
    means: pd.DataFrame, changes: pd.DataFrame, asked: tuple[str, ...], names: dict, display: str, seen: bool = False
) -> str:
    """The clearest fall and the clearest rise from the first to the second episode, in one sentence (markdown)."""
    if len(asked) < 2:
        return "Only one episode is marked in these sessions, so nothing can be compared."
    first, second = asked[:2]
    mine = changes[(changes["first"] == first) & (changes["second"] == second) & changes["mean"].notna()]
    if mine.empty:
        return ""
    clear = mine[(mine["low"] > 0) | (mine["high"] < 0)]
    if mine["low"].isna().all():
        return f"Too few families to say how codes change from {IN_WORDS[first]} to {IN_WORDS[second]}."
    if clear.empty:
        return f"No code clearly changes from {IN_WORDS[first]} to {IN_WORDS[second]}."
    at = means.set_index(["code", "episode"])["mean"]
    parts = []
    for row, verb in ((_least(clear), "falls"), (_most(clear), "rises")):
        if row is not None:
            ends = [value(at[row.code, one], display) for one in (first, second)]
            parts.append(f"**{escape(names.get(row.code, row.code))}** {verb} from {ends[0]} to {ends[1]}")
    time = (" of the time seen" if seen else " of coded time") if display == "share" else ""
    return f"From {IN_WORDS[first]} to {IN_WORDS[second]}, {one_of(parts, 'and')}{time}."


def _least(clear: pd.DataFrame) -> object | None:
    falls = clear[clear["mean"] < 0].sort_values("mean")
    return next(falls.itertuples(), None)


def _most(clear: pd.DataFrame) -> object | None:
    rises = clear[clear["mean"] > 0].sort_values("mean", ascending=False)
    return next(rises.itertuples(), None)


def recovery(changes: pd.DataFrame, asked: tuple[str, ...], names: dict, display: str) -> str:
    """What becomes of the same codes in the reunion, with intervals."""
    if len(asked) < 3:
        return ""
    first, second, third = asked[:3]
    early = changes[(changes["first"] == first) & (changes["second"] == second)]
    clear = early[(early["low"] > 0) | (early["high"] < 0)]
    late = changes[(changes["first"] == second) & (changes["second"] == third)].set_index("code")
    parts = []
    for row in (_least(clear), _most(clear)):
        if row is not None and row.code in late.index:
            back = change(next(late.loc[[row.code]].itertuples()), display)
            parts.append(f"{escape(row.code)} {change(row, display)}, then {back} in {IN_WORDS[third]}")
    return f"Changes: {'; '.join(parts)}." if parts else ""


def basis(sessions: int, families: int, left_out: dict[str, int]) -> str:
    """'12 sessions of 12 families. Left out: 1 session without reunion.'"""
    text = f"{counted(sessions, 'session')} of {counted(families, 'family', 'families')}"
    parts = [f"{counted(number, 'session')} {reason(name)}" for name, number in left_out.items()]
    whole = f"{text}, each coded in every episode compared."
    return f"{whole} Left out: {'; '.join(parts)}." if parts else whole


def reason(name: str) -> str:
    """Why a session was left out, in words."""
    if name == NO_EPISODES:
        return "without marked episodes"
    for episode, title in EPISODES.items():
        name = name.replace(episode, f"“{title}”")
    return name


def never(means: pd.DataFrame, names: dict) -> str:
    """Codes of which no second was coded in any episode."""
    most = means.groupby("code", observed=True)["mean"].max()
    gone = [escape(names.get(str(code), str(code))) for code in most.index[most == 0]]
    return f"Never coded in these episodes: {', '.join(gone)}." if gone else ""
