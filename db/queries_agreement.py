"""Questions of the agreement page: which streams two coders coded, and what each marked in them."""

import duckdb
import pandas as pd

from db.queries import rows


def agreement_pairs(cursor: duckdb.DuckDBPyConnection) -> pd.DataFrame:
    """Every stream two coders coded, once per pair of coders (people before models, then by name): pair, scheme,
    behaviour_group, observation_id, subject, first, second, first_kind, second_kind, start_ms, end_ms.
    """
    return rows(cursor, "agreement_pairs")


def agreement_events(cursor: duckdb.DuckDBPyConnection) -> pd.DataFrame:
    """Events (ms) of all streams that two or more coders coded, with scheme, coder_id, code and kind."""
    return rows(cursor, "agreement_events")


def agreement_one_sided(cursor: duckdb.DuckDBPyConnection) -> pd.DataFrame:
    """Streams only one of two coders of a recording marked, although the other coded that group elsewhere: marked,
    unmarked.
    """
    return rows(cursor, "agreement_one_sided")
