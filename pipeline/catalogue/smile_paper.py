"""What the smile paper printed about its networks, with the errata: to be put beside one's own results.

Source: Dust, Levitt & Mataric, Behind the Smile, Table II and sections III.C, III.D and IV.A.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Published:
    """One score of Table II: `window` smiles, `epochs`, `mae` and `rmse` in points."""

    window: int
    epochs: int
    mae: float
    rmse: float


TABLE_II = {
    "PHQ-9": Published(4, 150, 1.43, 1.92),
    "ACEs": Published(3, 200, 1.30, 1.90),
    "Social Support": Published(3, 200, 12.68, 17.34),
    "PSS-10": Published(5, 150, 3.05, 3.85),
    "PEARLS": Published(3, 200, 0.37, 0.61),
}
"""Instrument -> what the paper printed; its data are closed, so nobody can compute it again."""

ERRATA = (
    "The paper says that every error is smaller than the SD of the score. For Social Support it is not: 17.34 > 15.97.",
    "It says that the errors of PHQ-9, PSS and PEARLS are less than half the SD. By its own tables that holds for PSS "
    "and PEARLS by MAE only: their RMSE is larger.",
    "It tested windows of 1 to 5 smiles in one place and 2 to 5 in another, and chose by the smallest mean average "
    "error in one and by the smallest mean squared error in another.",
    "It trained on 75 and tested on 19 of '94 mothers', which are 94 recordings of 47 mothers at two visits, and also "
    "names five folds. Whether a mother could be on both sides is not said.",
)
"""Where the paper contradicts itself about its networks."""


def published(instrument: str) -> Published | None:
    """What the paper printed about a score; the scale may be called PSS or PSS-10."""
    return TABLE_II.get("PSS-10" if instrument == "PSS" else instrument)
