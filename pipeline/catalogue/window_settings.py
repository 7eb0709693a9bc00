"""What a search for networks on windows of smiles goes through: the smile paper's grid as default."""

from typing import Literal

from pydantic import Field

from pipeline.catalogue.toml_file import Strict


class WindowSettings(Strict):
    """All choices of one search.

    The paper's: `windows` (smiles), `epochs`, `hidden` layers, `seeds` and `folds`. Ours: `features` chosen inside each
    teaching side (`chosen`; `paper`: its four, chosen on all mothers; `all`: eight), `inner` folds of the nested
    choice, `permutations` of the check with shuffled scores, `learning_rate` and `batch` (not printed there).
    """

    windows: tuple[int, ...] = Field(default=(2, 3, 4, 5), min_length=1)
    epochs: tuple[int, ...] = Field(default=(50, 100, 150, 200), min_length=1)
    features: Literal["chosen", "paper", "all"] = "chosen"
    hidden: tuple[int, ...] = (32, 32, 8)
    seeds: tuple[int, ...] = Field(default=(1, 2, 3, 4, 5), min_length=1)
    folds: int = Field(default=5, ge=2)
    inner: int = Field(default=4, ge=2)
    permutations: int = Field(default=20, ge=0)
    learning_rate: float = Field(default=1e-3, gt=0)
    batch: int = Field(default=32, ge=1)
