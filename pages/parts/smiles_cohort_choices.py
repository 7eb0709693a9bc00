"""Choices of the smiles of all mothers: which score, which features, which two visits; bound to the link."""

from pages.parts import store
from pages.parts import store_smiles_cohort as answers
from pages.parts.models_options import select
from pipeline.catalogue.smile_feature_names import FEATURE_NAMES, FIGURE_FEATURES

FOUR, EIGHT = "The four of the smile paper", "All eight"


def score(names: list[str], key: str = "smiles_score") -> str:
    """One of these questionnaires: 'PHQ-9: depressive symptoms' on the screen."""
    titles = store.instruments().set_index("instrument")["short_title"]
    labels = {f"{name}: {titles[name][:1].lower()}{titles[name][1:]}": name for name in names}
    return labels[select("Score", list(labels), key, 330)]


def scores() -> list[str]:
    """Questionnaires with a score in the chosen recordings."""
    return list(answers.cohort().instruments)


def features() -> tuple[str, ...]:
    """The four features of Figure 2, or all eight, in the order of the paper."""
    said = select("Features", [FOUR, EIGHT], "smiles_features", 250)
    return FIGURE_FEATURES if said == FOUR else FEATURE_NAMES


def visits() -> tuple[str, str] | None:
    """Two visits, the first minus the second: in order of age; None where there are not two."""
    known = list(answers.cohort().visits)
    if len(known) < 2:
        return None
    if len(known) == 2:
        return known[0], known[1]
    first = select("First visit", known, "smiles_first", 180)
    others = [name for name in known if name != first]
    return first, select("minus", others, "smiles_second", 180)
