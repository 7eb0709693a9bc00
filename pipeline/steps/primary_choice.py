"""Who is analysed where several coded one recording: derived rows of a build, and what the manifest chose in vain."""

import duckdb

from db import write
from pipeline.catalogue.manifest import Primary
from pipeline.steps.issues import Log

ABSENT = "chosen_coder_absent"
"""The rule about a coder whom the manifest chooses and who coded nothing there."""


def derive(
    connection: duckdb.DuckDBPyConnection, primary: Primary, one_camera: list[tuple[str, str]], manifest: str, log: Log
) -> None:
    """Fills the derived tables from all events; `manifest`: name of the file that chooses."""
    write.derive(connection, primary.coders, primary.prefer, one_camera)
    for coder, name in write.chosen_absent(connection, primary.coders, primary.prefer).itertuples(index=False):
        where = f"for {name}" if isinstance(name, str) else "in the whole study"
        log.add(ABSENT, None, file=manifest, coder=coder, where=where)
