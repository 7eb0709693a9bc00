"""Views of the overview page: who took part, then what the questionnaires say."""

from collections.abc import Iterator

from pipeline.steps import release_views_sample, release_views_scores
from pipeline.steps.release_views import Data, Template


def templates(data: Data, protocol: str) -> Iterator[Template]:
    """Families in tables and bands, then means, pairs and correlations of scores."""
    whole = release_views_sample.merged(data, protocol)
    yield from release_views_sample.templates(data, protocol, whole)
    yield from release_views_scores.templates(data, protocol, whole)
