"""Figures for papers: frames in, matplotlib figures out, the twins of the figures on the screen.

Each `draw_*` takes the frame of the plotly figure of the same name and carries the same numbers (a test compares them).
matplotlib is loaded only when a figure is built.
"""
