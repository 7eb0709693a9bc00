"""Dynamics: what follows what from moment to moment, between the partners and within one."""

from pages.parts import dynamics_choices, show, store
from pages.parts.dynamics_panels import body

show.page(
    "Dynamics", "What happens between infant and caregiver from moment to moment: who answers whom, and how fast?"
)

if store.selected().empty:
    show.empty("No observation is left after the filters.", "Widen or reset the filters in the sidebar.")
elif (codes := dynamics_choices.coded()).empty:
    show.empty("No behaviour was coded in this study.", "Add codings to the study and import it again.")
else:
    body(codes)
