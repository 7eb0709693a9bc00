"""What happens once, when the program starts: mode and door are fixed, and the terminal says how to come in."""

import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import streamlit as st
from streamlit import config

from pages import _access, _mode
from pipeline.errors import UserError
from pipeline.steps.people import listed_here

LARGE = {"baseFontSize": 21, "paddingTop": "0.5rem", "paddingBottom": "1rem"}
"""The look of a presenting program: letters of 21 pixels for the back of a lecture hall, and room for the picture."""


@asynccontextmanager
async def started(_: object) -> AsyncIterator[None]:
    """Around the life of the server; a setting that cannot be meant ends it with a sentence."""
    try:
        if _mode.fix() == "presenting":
            for name, value in LARGE.items():
                config.set_option(f"theme.{name}", value)
        door = _access.door()
        if door.login:
            print(listed_here())
        print(_access.link(door, st.get_option("server.port"), sys.stdout.isatty()), flush=True)
    except UserError as fault:
        print(fault.message, file=sys.stderr, flush=True)
        raise SystemExit(1) from None
    yield
