"""Class maps: which codes of a behaviour group a classifier tells apart, and which it leaves out."""

from pydantic import Field, model_validator

from pipeline.catalogue.nova_names import UNCODED
from pipeline.catalogue.toml_file import Strict
from pipeline.errors import CatalogueError, did_you_mean, listed


class ClassMap(Strict):
    """`merge`: code -> class. `drop`: codes of no class. Together they name every code of `group` once."""

    title: str
    group: str
    merge: dict[str, str] = Field(min_length=1)
    drop: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _once(self) -> "ClassMap":
        if both := set(self.merge) & set(self.drop):
            raise ValueError(f"{listed(both)} is both merged and dropped")
        return self

    @property
    def classes(self) -> tuple[str, ...]:
        """The classes, in the order in which `merge` names them first."""
        return tuple(dict.fromkeys(self.merge.values()))

    def of(self, code: str) -> str | None:
        """The class of a code; None for a dropped one and for time without a code ('', Garbage, NoAnno).

        Raises CatalogueError for a code that the map does not name: what it means is never guessed.
        """
        if code in self.merge:
            return self.merge[code]
        if not code or code in self.drop or code in UNCODED:
            return None
        known = (*self.merge, *self.drop)
        text = f"'{code}' is not a code of the class map '{self.title}'.{did_you_mean(code, known)}"
        raise CatalogueError(f"{text} Choose one of: {listed(known)}.", value=code)

    def fault(self, labels: tuple[str, ...]) -> str:
        """What is wrong with it for a group of these codes, '' when nothing is."""
        named = {*self.merge, *self.drop}
        if lost := [label for label in labels if label not in named]:
            return f"says nothing of the code {listed(lost)}; merge it into a class or drop it"
        if strange := named - set(labels) - set(UNCODED):
            return f"names the code {listed(strange)}, which the group {self.group} lacks"
        return ""
