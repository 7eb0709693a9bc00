"""Drafts a study manifest from files, with a comment on every guess, so that nobody starts from an empty file."""

import os
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from glob import escape
from pathlib import Path

from pipeline.catalogue.scheme import load_scheme, scheme_path
from pipeline.errors import UnreadableFile, did_you_mean
from pipeline.readers.draft_scheme import Codebook, find_codebook
from pipeline.readers.guesses import columns, observations, some, tables, tiers, who
from pipeline.readers.observer_template import read_template, slug
from pipeline.readers.propose_streams import STREAMS, belongs_to_a_stream, stream_entries, stream_survey
from pipeline.readers.propose_tracks import TRACKS, track_entries, track_survey
from pipeline.readers.registry import FORMATS, format_of
from pipeline.readers.scheme_text import quoted, scheme_toml
from pipeline.readers.survey import Survey, survey

TEMPLATES = (".otx", ".otb")

HEADER = """\
# A study manifest drafted from the files. Lines marked GUESS or FILL IN are for you to check; the rest was read.
# Then: python -m pipeline import STUDY.toml{data}
"""
SCHEME_HEADER = """\
# The coding scheme, drafted from the codes found. Put every code into the behaviour group it belongs to, and say for
# each group whether its codes exclude each other (exclusive) and whether one of them always holds (exhaustive).
"""
SCHEME_BLOCK = """
# ---------------------------------------------------------------------------------------------------------------------
# The coding scheme goes into a file of its own, {name}, beside this one: copy the lines below there, without "# ".
# ---------------------------------------------------------------------------------------------------------------------
"""


MEASURED = Codebook("smiles", load_scheme(scheme_path("smiles")), False)
"""What tracks alone are measured by: the manifest need not name it."""


@dataclass(frozen=True)
class Proposal:
    """A drafted manifest, and the text of the scheme to be written beside it as `scheme_file` ('' when known)."""

    manifest: str
    scheme: str
    scheme_file: str

    @property
    def text(self) -> str:
        """Both in one text: the scheme as a comment below the manifest."""
        if not self.scheme:
            return self.manifest
        block = SCHEME_BLOCK.format(name=self.scheme_file)
        return self.manifest + block + "".join(f"# {line}".rstrip() + "\n" for line in self.scheme.splitlines())


def propose(paths: Sequence[Path]) -> str:
    """A drafted STUDY.toml for coded files, tables and templates; the scheme, if drafted, stands in it as a comment."""
    return draft(paths).text


def draft(paths: Sequence[Path]) -> Proposal:
    """A drafted manifest and scheme. Raises UnreadableFile when none of the files holds coded behaviour, a track or a
    stream."""
    templates = [(path, read_template(path)) for path in paths if path.suffix.casefold() in TEMPLATES]
    others = [path for path in paths if path.suffix.casefold() not in TEMPLATES and not _is_beside(path)]
    surveys = [stream_survey(path) or track_survey(path) or survey(path) for path in others]
    coded = [each for each in surveys if each.format and each.format not in (*TRACKS, *STREAMS)]
    measured = [each for each in surveys if each.format in (*TRACKS, *STREAMS)]
    if not coded and not templates and not measured:
        faults = " ".join(each.fault for each in surveys[:1])
        raise UnreadableFile(f"None of the files holds coded behaviour that Dyadscope can read. {faults}".strip())
    codebook = find_codebook(coded, templates) if coded or templates else MEASURED
    base = _base(paths)
    lines = list(_manifest(surveys, coded, measured, codebook, base))
    scheme = SCHEME_HEADER + "\n" + scheme_toml(codebook.scheme) if codebook.drafted else ""
    return Proposal("\n".join(lines) + "\n", scheme, codebook.name if codebook.drafted else "")


def _is_beside(path: Path) -> bool:
    """Whether a file is the second of a pair: its name is that of another one, and what the format adds."""
    if belongs_to_a_stream(path):
        return True
    ends = {each.beside for each in FORMATS.values() if each.beside}
    return any(path.name.endswith(end) and path.with_name(path.name[: -len(end)]).is_file() for end in ends)


def _base(paths: Sequence[Path]) -> Path:
    """The folder that the manifest's paths are relative to: here, if all files lie below, else what they share."""
    here, full = Path.cwd(), [path.resolve() for path in paths]
    if all(path.is_relative_to(here) for path in full):
        return here
    return Path(os.path.commonpath([path.parent for path in full]))


def _manifest(
    surveys: list[Survey], coded: list[Survey], measured: list[Survey], codebook: Codebook, base: Path
) -> Iterator[str]:
    data = "" if base == Path.cwd() else " --data FOLDER   (FOLDER: where the files named below lie)"
    yield HEADER.format(data=data)
    yield from _study(codebook, base)
    groups = _entries(coded)
    for group in groups:
        yield from _coded(group, codebook, base, coder=_coder(group, coded))
    yield from track_entries(measured, lambda path: escape(_shown(path, base)))
    yield from stream_entries(measured, lambda path: escape(_shown(path, base)))
    yield from observations([*groups, measured], codebook.scheme)
    yield from tables([each for each in surveys if not each.format])


def _study(codebook: Codebook, base: Path) -> Iterator[str]:
    yield "[study]"
    yield f"id = {quoted(slug(base.name) or 'study')}  # GUESS: a short name, small letters and digits"
    yield 'title = "My study"  # FILL IN'
    if codebook is not MEASURED:
        yield f"scheme = {quoted(codebook.name)}{_scheme_remark(codebook)}"
    yield 'protocol = "free_play"  # GUESS: the kind of recording, for example home_headcam, free_play, still_face'
    for label in codebook.unknown:
        near = did_you_mean(label, {code.label for group in codebook.scheme.groups for code in group.codes})
        yield f"# The scheme has no code {quoted(label)}.{near} Its rows will be refused: map it with [coded.codes]."
    yield ""


def _scheme_remark(codebook: Codebook) -> str:
    if codebook.source:
        return f"  # made from the template {quoted(codebook.source)}"
    if codebook.drafted:
        return "  # GUESS: drafted from the codes found; check its groups"
    share = "all codes found" if not codebook.unknown else "most codes found"
    return f"  # GUESS: {share} are codes of this scheme"


def _entries(coded: list[Survey]) -> list[list[Survey]]:
    """Files that can share one entry: same format and columns, and no recording in two of them (two coders)."""
    entries: list[list[Survey]] = []
    for each in coded:
        for group in entries:
            same = (group[0].format, group[0].entry, group[0].channels) == (each.format, each.entry, each.channels)
            alone = not any(other.names.keys() & each.names.keys() for other in group)
            if same and (alone or format_of(each.format).names_coder):
                group.append(each)
                break
        else:
            entries.append([each])
    return entries


def _coder(group: list[Survey], coded: list[Survey]) -> str:
    """coder1, or coder2, ... for a file whose recordings stand in an earlier file too."""
    earlier = coded[: coded.index(group[0])]
    return f"coder{1 + sum(bool(other.names.keys() & group[0].names.keys()) for other in earlier)}"


def _coded(group: list[Survey], codebook: Codebook, base: Path, coder: str) -> Iterator[str]:
    first = group[0]
    yield "[[coded]]"
    yield f"files = [{', '.join(quoted(escape(_shown(each.path, base))) for each in group)}]"
    yield f"format = {quoted(first.format)}  # read as: {first.dialect}"
    if not first.whole:
        yield "# The file is long: only its beginning was looked at."
    yield from _names_remark(group)
    if "coder" not in first.entry.get("columns", {}) and not format_of(first.format).names_coder:
        yield f"coder = {quoted(coder)}  # GUESS: nothing in the file says who coded it; FILL IN a name or initials"
    if first.channels and len(codebook.channels) == first.channels:
        yield f"channels = [{', '.join(map(quoted, codebook.channels))}]  # GUESS: one group per block of columns"
    yield from who(group, codebook.scheme)
    yield from columns(first.entry.get("columns", {}))
    yield from tiers(group)
    yield ""


def _shown(path: Path, base: Path) -> str:
    return path.resolve().relative_to(base).as_posix()


def _names_remark(group: list[Survey]) -> Iterator[str]:
    names = sorted(set().union(*(each.names for each in group)))
    yield f"# {len(names)} recordings: {some(names)}"
    if any(re.search(r"reliab|coder|rater|double", name, re.IGNORECASE) for name in names):
        yield "# Some names seem to say who coded, or that it was done twice. A pattern can tell the two apart:"
        yield "# observation = '^(?P<observation>[^_]+_[^_]+)_(?P<coder>\\w+)$'"


def write_scheme(proposal: Proposal, folder: Path) -> Path | None:
    """Writes the drafted scheme into `folder`; None when there is none, or a file of that name (it is left alone)."""
    path = folder / proposal.scheme_file
    if not proposal.scheme or path.exists():
        return None
    path.write_text(proposal.scheme, encoding="utf-8")
    return path
