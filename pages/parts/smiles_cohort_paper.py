"""What the smile paper printed, beside what follows from its own numbers."""

import pandas as pd
import streamlit as st

from pages.parts import show, store
from pages.parts import smiles_cohort_words as words
from pipeline.catalogue.instrument import Instrument, Points, load_instrument
from pipeline.catalogue.smile_paper import TABLE_II
from pipeline.catalogue.smile_paper_tests import BAND_ERRATA, SMILES_AT_VISITS, TABLE_III, TABLE_IV, VISIT_ERRATA
from pipeline.measures.smile_bands import partial_eta
from pipeline.measures.smile_visits import from_printed
from pipeline.steps.release import ReleaseSpec

TITLE = "What the smile paper printed"
SOURCE = "Dust, Levitt & Matarić, Behind the Smile: other mothers, closed data. Nothing here enters your results."


def visits() -> None:
    """Table III, and the d and the ratio of variances that follow from t and its degrees of freedom."""
    rows = []
    for one in TABLE_III:
        d, ratio = from_printed(one.t, one.df, *SMILES_AT_VISITS)
        test = f"t({one.df:.2f})\u00a0=\u00a0{one.t:.2f}, p\u00a0{one.p}"
        rows.append((words.feature(one.feature, unit=False), test, f"{one.d:.2f} ({d:.3f})", f"{ratio:.3g}"))
    names = ["Feature", "Printed", "d printed (from t and df)", "Variances, 6 / 12 months"]
    _table(pd.DataFrame(rows, columns=names), "smiles_paper_3", VISIT_ERRATA)


def bands() -> None:
    """Table IV, and the partial eta squared that follows from F."""
    rows = []
    for one in TABLE_IV:
        test = f"F({one.df1}, {one.df2})\u00a0=\u00a0{one.f:.2f}, p\u00a0{one.p}"
        eta = f"{partial_eta(one.f, one.df1, one.df2):.4f}".removeprefix("0")
        printed = f"{one.eta:.2f}".removeprefix("0")
        feature = words.feature(one.feature, unit=False)
        where = f"{one.instrument}, {one.month} months".replace("-", "\u2011")
        rows.append((where, feature, words.breakable(test), f"{printed} ({eta})"))
    names = ["Score, visit", "Feature", "Printed", "η² printed (from F)"]
    _table(pd.DataFrame(rows, columns=names), "smiles_paper_4", BAND_ERRATA)
    scales = [instrument for name in TABLE_II if (instrument := load_instrument(name)).sample]
    errata = tuple(f"{one.name}: {one.sample.erratum}" for one in scales if one.sample and one.sample.erratum)
    frame = pd.DataFrame([_scale(one) for one in scales])
    _table(frame, "smiles_paper_1", errata, "The scales of the smile paper: points per band, and its sample")


def _scale(instrument: Instrument) -> dict[str, str]:
    """A row of Table I: points per band as printed and from the bands, mean and SD of the sample."""
    sample = instrument.sample
    assert sample is not None
    return {
        "Score": instrument.name,
        "Points per band (SD), printed": _points(sample.points),
        "From its bands": _points(instrument.points),
        "Sample mean (SD)": f"{sample.mean:.2f} ({sample.sd:.2f})",
    }


def _points(points: Points | None) -> str:
    return f"{points.mean:.2f} ({points.sd:.2f})" if points else "no bands"


def _table(frame: pd.DataFrame, key: str, errata: tuple[str, ...], title: str = TITLE) -> None:
    """The table with its errata, folded away."""
    released = store.released(frame, ReleaseSpec(labels=tuple(frame.columns)))
    with st.expander(title):
        show.words(released, released, key, key)
        st.caption(f"{SOURCE} {' '.join(errata)}")
