"""What the smile paper printed about visits and score bands, with the errata: to be put beside one's own results.

Source: Dust, Levitt & Mataric, Behind the Smile, Tables III and IV and section IV.B.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class VisitTest:
    """One row of Table III: Welch's t and its degrees of freedom, p as printed, Cohen's d as printed."""

    feature: str
    t: float
    df: float
    p: str
    d: float


@dataclass(frozen=True)
class BandTest:
    """One row of Table IV: `month` of the visit, score, F with its degrees of freedom, p and partial eta squared."""

    feature: str
    month: int
    instrument: str
    f: float
    df1: int
    df2: int
    p: str
    eta: float


SMILES_AT_VISITS = (182, 348)
"""Smiles at 6 and 12 months: what the degrees of freedom of Table IV add up to."""
TABLE_III = (
    VisitTest("max_onset_speed", 4.37, 207.33, "< .001", 0.51),
    VisitTest("max_offset_speed", 3.02, 190.17, "= .003", 0.37),
    VisitTest("onset_amplitude", 3.97, 190.86, "< .001", 0.49),
    VisitTest("offset_amplitude", 2.26, 182.07, "= .025", 0.29),
    VisitTest("onset_duration_s", 0.50, 354.53, "= .62", 0.05),
    VisitTest("offset_duration_s", 0.53, 314.51, "= .60", 0.05),
    VisitTest("apex_duration_s", 1.75, 246.39, "= .081", 0.19),
    VisitTest("total_duration_s", 2.17, 271.39, "= .031", 0.22),
)
TABLE_IV = (
    BandTest("max_onset_speed", 6, "PHQ-9", 3.39, 3, 178, "= .019", 0.06),
    BandTest("offset_amplitude", 12, "PHQ-9", 2.49, 4, 343, "= .043", 0.03),
    BandTest("max_onset_speed", 6, "PSS-10", 5.31, 2, 179, "= .006", 0.06),
    BandTest("max_offset_speed", 12, "PSS-10", 4.08, 2, 345, "= .018", 0.02),
    BandTest("offset_amplitude", 12, "PSS-10", 3.95, 2, 345, "= .021", 0.02),
    BandTest("onset_duration_s", 12, "ACEs", 3.21, 2, 345, "= .042", 0.02),
)
VISIT_ERRATA = (
    "The paper does not say which visit is subtracted from which; every t is positive, while its text calls the values "
    "at 6 months the smaller ones.",
    "It says that all ratios of variances were below 1. With 182 and 348 smiles t and df give ratios of 6 over 12 "
    "months above 1 (1.09 to 177), so the printed ones can only be 12 over 6 months.",
    "Maximum onset speed is named twice in the text, once in the place of maximum offset speed.",
    "67.6 % of 559 smiles kept would be 378; the degrees of freedom imply 530.",
)
BAND_ERRATA = (
    "The first partial η² is printed .06; F(3, 178) = 3.39 gives .054.",
    "F(2, 345) = 3.95 gives p = .020, not .021.",
    "Only results with p < .05 are printed; how many were computed is not said. Nothing is corrected for their "
    "number, and smiles of one mother count as independent.",
)
