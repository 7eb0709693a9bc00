"""All bad files of all readers together."""

from tests.bad_files import coded, files, nova, observer_text, tiers

WHOLE = [*files.WHOLE, *tiers.WHOLE, *nova.WHOLE, *observer_text.WHOLE]
ROWS = [*files.ROWS, *tiers.ROWS, *nova.ROWS, *observer_text.ROWS]
CODED = [*coded.CODED, *tiers.CODED, *nova.CODED, *observer_text.CODED]
CASES = [*WHOLE, *ROWS]
