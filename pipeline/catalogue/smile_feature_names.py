"""The eight features of a smile: column names, words, units, and which of them the smile paper draws.

Source: Dust, Levitt & Mataric, Behind the Smile, sections III.B and IV.A; the unit IR is the initial radius, half the
distance between the corners of the mouth when the search for the smile begins.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class SmileFeature:
    """`name`: column; `label`: words; `unit`: of the number; `meaning`: one line in plain words."""

    name: str
    label: str
    unit: str
    meaning: str


SMILE_FEATURES = (
    SmileFeature("onset_amplitude", "Onset amplitude", "IR", "how far the mouth opens into the smile"),
    SmileFeature("offset_amplitude", "Offset amplitude", "IR", "how far it goes back"),
    SmileFeature("max_onset_speed", "Fastest onset", "IR/s", "the fastest moment on the way into the smile"),
    SmileFeature("max_offset_speed", "Fastest offset", "IR/s", "the fastest moment on the way out"),
    SmileFeature("onset_duration_s", "Onset duration", "s", "how long it takes to build up"),
    SmileFeature("apex_duration_s", "Apex duration", "s", "how long it is held"),
    SmileFeature("offset_duration_s", "Offset duration", "s", "how long it takes to fade"),
    SmileFeature("total_duration_s", "Total duration", "s", "from first to last movement"),
)
FEATURE_NAMES = tuple(one.name for one in SMILE_FEATURES)
FIGURE_FEATURES = ("onset_amplitude", "onset_duration_s", "offset_duration_s", "total_duration_s")
"""The four features of Figure 2: the most linearly related to smile number and score."""


def smile_feature(name: str) -> SmileFeature:
    """The feature of a column name; KeyError for another."""
    return {one.name: one for one in SMILE_FEATURES}[name]
