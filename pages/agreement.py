"""Agreement: whether two coders of a recording, or a coder and a model, see the same."""

import streamlit as st

from pages.parts import agreement_choices, show, store, store_agreement
from pages.parts.agreement_closer import chosen, closer, totals
from pages.parts.agreement_empty import coded_once, nothing_left
from pages.parts.agreement_forest import forest, headline, kappas, rests_on
from pages.parts.agreement_pulls import pulls

show.page("Agreement", "Do two people who code the same recording see the same?")

if store_agreement.paired().pairs.empty:
    coded_once()
elif store.selected().empty:
    show.empty("No observation is left after the filters.", "Widen or reset the filters in the sidebar.")
elif store_agreement.coded_twice().empty:
    nothing_left()
else:
    top = st.container()
    question = agreement_choices.choose(store_agreement.paired().pairs)
    rows = kappas(question)
    if rows.empty:
        show.empty(
            "Nobody was coded twice for this behaviour in the selection.",
            "Choose another behaviour or person, or widen the filters.",
        )
    else:
        with top:
            headline(question)
            rests_on()
        forest(question, chosen(rows))
        row = closer(question, rows)
        pulls(question, row)
        totals(question, row)
