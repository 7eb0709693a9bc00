"""DuckDB's failures in our words. The original texts may hold paths and values: they are never shown or logged."""

import re

import duckdb

FREE_MB = 500

SENTENCES = (
    (r"Could not set lock on file", "The data file is in use by another program{process}. Close it and try again."),
    (
        r"No space left on device|failed to offload data block|Disk is full|File too large",
        "Disk full. Nothing was imported. Free about {free} MB and import again.",
    ),
    (
        r"could not allocate block|Out of Memory|OutOfMemory",
        "This question needs more memory than allowed. Narrow it, or raise DYADSCOPE_MEMORY (for example 4GB).",
    ),
    (r"Read-only file system|Permission denied", "The study folder cannot be written. Nothing was changed."),
    (
        r"database does not exist",
        "The data file of this generation is missing. Restore it from a backup, or go back to an earlier generation.",
    ),
    (
        r"not a valid DuckDB database file|Is a directory",
        "The data file of this generation is not a database. Restore it from a backup, or import the study again.",
    ),
    (
        r"checksum|Could not read enough bytes|Corrupt",
        "The data file is damaged. Go back to an earlier generation, or import the study again.",
    ),
    (
        r"database file with version number",
        "The data file was written by a newer version. Update Dyadscope, then open it again.",
    ),
)


def sentence(fault: duckdb.Error | OSError) -> str | None:
    """What to tell a person about a failure, or None when it is not one of the known ones."""
    text = str(fault)
    for pattern, words in SENTENCES:
        if re.search(pattern, text, re.IGNORECASE):
            process = re.search(r"PID (\d+)", text)
            return words.format(process=f" (process {process[1]})" if process else "", free=FREE_MB)
    return None
