"""All kinds of views of a release, page by page."""

from collections.abc import Iterator
from pathlib import Path

from pipeline.steps import (
    release_views_agreement,
    release_views_durations,
    release_views_dynamics,
    release_views_engagement,
    release_views_models,
    release_views_overview,
    release_views_phases,
    release_views_smiles,
)
from pipeline.steps.release_views import Data, Template

PAGES = (
    release_views_overview,
    release_views_durations,
    release_views_agreement,
    release_views_dynamics,
    release_views_smiles,
    release_views_engagement,
)


def templates(data: Data, protocols: list[str], folder: Path) -> Iterator[Template]:
    """Every template of every protocol, in the order of the pages; trained models and stored fits last."""
    for page in PAGES:
        for protocol in protocols:
            yield from page.templates(data, protocol)
    for protocol in protocols:
        yield from release_views_phases.templates(data, protocol, folder)
        yield from release_views_models.templates(data, protocol, folder)
