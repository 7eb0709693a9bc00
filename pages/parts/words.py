"""Words on the screen: from names in the data to plain language."""

import re

from pipeline.plain_words import NOT_RECORDED, SUBJECTS, counted, number, one_of, percent, plain

__all__ = [
    "CODERS", "NOT_RECORDED", "SUBJECTS", "coder", "counted", "escape", "named_models", "number", "one_of", "percent",
    "plain", "unmarked",
]  # fmt: skip
CODERS = {"openface": "OpenFace", "model:blendshape": "Dyadscope's own face model"}
"""Programs that code: name in the data -> on the screen."""
TRAINED = re.compile(r"model:([0-9a-f]{8})\b")
_MARKS = re.compile(r"\\([\\`*_\[\]#|~<>$:])|\*+")
_ELSEWHERE = re.compile(r"(?<!\\)(!\[|\]\(|<)")
_MARKDOWN = re.compile(r"([\\`*_\[\]#|~<>$]|:(?=\S))")


def coder(name: str) -> str:
    """A coder as a reader sees it: programs by their own name, people by the name in the data."""
    return named_models(name) if TRAINED.fullmatch(name) else CODERS.get(name, name)


def named_models(sentence: str) -> str:
    """A sentence in which trained models are called as a reader sees them."""
    return TRAINED.sub(r"model \1 (engagement phases)", sentence)


def escape(text: str) -> str:
    """Text from the data inside a markdown sentence or a widget label: nothing in it is read as markdown."""
    return _MARKDOWN.sub(r"\\\1", text.replace("\n", " "))


def harmless(sentence: str) -> str:
    """A sentence of ours that may hold words of the data: bold and code stay; pictures, links and tags become letters.

    What `escape` went over before stays as it is.
    """
    return _ELSEWHERE.sub(lambda found: "".join(f"\\{letter}" for letter in found[0]), sentence)


def unmarked(text: str) -> str:
    """Markdown as plain words: the letters that `escape` protected, without what made others bold."""
    return _MARKS.sub(lambda found: found[1] or "", text)
