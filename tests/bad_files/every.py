"""All bad files of all readers together."""

from tests.bad_files import coded, files, tiers

WHOLE = [*files.WHOLE, *tiers.WHOLE]
ROWS = [*files.ROWS, *tiers.ROWS]
CODED = [*coded.CODED, *tiers.CODED]
CASES = [*WHOLE, *ROWS]
