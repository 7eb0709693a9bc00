"""Packed files, unpacked with limits: a small hostile file must not fill memory or disk."""

import gzip
import zipfile
import zlib
from pathlib import Path

from pipeline.errors import UnreadableFile, file_name

UNPACKED_BYTES = 200_000_000
RATIO = 100
MEMBERS = 1_000
GUNZIPPED_BYTES = 4_000_000_000
BLOCK = 1 << 20


def guard_zip(path: Path) -> list[zipfile.ZipInfo]:
    """The members of a zip (.xlsx, .otb, .opf), refused when it would unpack to more than 200 MB, 100 times its own
    size or 1,000 members. Python's zipfile never unpacks more of a member than its declared size."""
    name = file_name(path)
    try:
        with zipfile.ZipFile(path) as archive:
            members = archive.infolist()
    except (zipfile.BadZipFile, NotImplementedError, OSError, ValueError):
        text = f"{name}: the file is damaged or not what its ending says. Save or export it again."
        raise UnreadableFile(text, file=name) from None
    total, packed = sum(member.file_size for member in members), max(path.stat().st_size, 1)
    if fault := _too_much(len(members), total, total / packed):
        raise UnreadableFile(f"{name}: {fault}. It was not opened. Save the table as .csv.", file=name)
    if any(member.flag_bits & 1 for member in members):
        raise UnreadableFile(f"{name}: the file is protected by a password. Save it without one.", file=name)
    return members


def read_member(path: Path, member: str) -> bytes:
    """The bytes of one member of a zip that `guard_zip` let pass; UnreadableFile when it is damaged."""
    try:
        with zipfile.ZipFile(path) as archive:
            return archive.read(member)
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, RuntimeError, NotImplementedError, ValueError):
        name = file_name(path)
        raise UnreadableFile(f"{name}: the file is damaged. Save or export it again.", file=name) from None


def _too_much(members: int, total: int, ratio: float) -> str:
    if members > MEMBERS:
        return f"the file holds {members:,} parts; at most {MEMBERS:,} are allowed"
    if total > UNPACKED_BYTES:
        return f"the file would unpack to {total / 1e6:,.0f} MB; at most {UNPACKED_BYTES / 1e6:,.0f} MB are allowed"
    if ratio > RATIO:
        return f"the file would unpack to {ratio:,.0f} times its size; at most {RATIO} times is allowed"
    return ""


def gunzip(path: Path, folder: Path, limit: int = GUNZIPPED_BYTES) -> Path:
    """The content of a .gz file, unpacked block by block into `folder`; UnreadableFile when damaged or too large."""
    target, size, name = folder / path.name.removesuffix(".gz"), 0, file_name(path)
    try:
        with gzip.open(path, "rb") as source, target.open("wb") as file:
            while block := source.read(BLOCK):
                size += len(block)
                if size > limit:
                    text = f"{name}: the file unpacks to more than {limit / 1e9:g} GB. It was not opened. Split it."
                    raise UnreadableFile(text, file=name)
                file.write(block)
    except (gzip.BadGzipFile, EOFError, zlib.error):
        target.unlink(missing_ok=True)
        text = f"{name}: the gzip file is damaged or cut off. Pack or download it again."
        raise UnreadableFile(text, file=name) from None
    return target
