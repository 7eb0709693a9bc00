"""Names as NOVA / DISCOVER has them: roles, schemes, words for time that nobody coded, and parts of file names."""

UNCODED = ("Garbage", "NoAnno")
"""Time that was looked at and belongs to no class (id -1), and a gap."""

ROLES = {"infant": "infant", "caregiver1": "caretaker"}
"""Subject -> role; the other subjects keep their names."""

SCHEMES = {"infant_engagement": "InfantEngagement", "caregiver_engagement": "CaretakerEngagement"}
"""Behaviour group -> scheme; the others keep their names."""

IN_NO_FILE_NAME = '<>:"/\\|?*'


def in_file_name(text: str) -> str:
    """A word as one part of a file name `<role>.<scheme>.<annotator>`: dots and forbidden signs become _."""
    return in_folder_name(text).replace(".", "_")


def in_folder_name(text: str) -> str:
    """A word as the name of a folder: signs that no name may hold become _, and so do dots and blanks at its ends."""
    plain = "".join("_" if letter in IN_NO_FILE_NAME or not letter.isprintable() else letter for letter in text)
    start, stop = len(plain) - len(plain.lstrip(". ")), len(plain.rstrip(". "))
    return "_" * start + plain[start:stop] + "_" * (len(plain) - stop) if stop else "_" * max(1, len(plain))
