"""Episodes of a still-face session: the parts whose engagement is compared."""

EPISODES = {"play": "Play", "still_face": "Still face", "reunion": "Reunion"}
"""Name -> title, in the order of a session."""

GROUP = "episodes"
"""Behaviour group by which a coded annotation says them (scheme `episodes`)."""


def episode_named(text: str) -> str | None:
    """The episode a word means ('Still-Face', 'still face'); None when it is none."""
    name = "_".join(text.casefold().replace("-", " ").replace("_", " ").split())
    return name if name in EPISODES else None
