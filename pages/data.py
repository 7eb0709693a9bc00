"""Placeholder."""

from pages.parts import show, store

show.page("Data", "Being built.")
show.table(store.released(store.selected()), "data", "data")
