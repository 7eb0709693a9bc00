"""Report: figures, tables and words of the study, put together once and made again whenever the data change."""

from pages.parts import show
from pages.parts.report_add import add
from pages.parts.report_contents import contents
from pages.parts.report_files import files
from pages.parts.report_saved import choose

show.page(
    "Report",
    "Which figures, tables and fits go to your co-authors, into the paper or onto the slides?",
)


def body() -> None:
    """The saved report that is chosen: what is in it, what can be added, its files."""
    spec = choose()
    if spec is None:
        show.empty(
            "No report is saved yet.",
            "Give it a title above. Then add views of the pages, stored fits and paragraphs of your own. It is kept in "
            "the study folder and can be made again from new data.",
        )
        return
    contents(spec)
    add(spec)
    if spec.items:
        files(spec)


body()
