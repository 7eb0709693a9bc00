"""What a benchmark hands over, and the table that goes into the README."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Figure:
    """One measured number: what, at which size, how much (`unit`), and the target it should stay below (None: no
    target).
    """

    what: str
    size: str
    value: float
    unit: str
    target: float | None = None

    @property
    def met(self) -> str:
        """'yes' or 'no' against the target; '' without one."""
        return "" if self.target is None else "yes" if self.value <= self.target else "no"


def p95(values: list[float]) -> float:
    """95th percentile."""
    return float(np.quantile(values, 0.95))


def markdown(figures: list[Figure]) -> str:
    """The figures as a markdown table."""
    rows = [("What", "Size", "Measured", "Target", "Met"), ("---",) * 5]
    for figure in figures:
        target = "" if figure.target is None else f"{figure.target:g} {figure.unit}"
        rows.append((figure.what, figure.size, f"{figure.value:,.2f} {figure.unit}", target, figure.met))
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)
