"""What happens once, when the program starts: mode and door are fixed, and the terminal says how to come in."""

import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import streamlit as st

from pages import _access, _mode
from pipeline.errors import UserError
from pipeline.steps.people import listed_here


@asynccontextmanager
async def started(_: object) -> AsyncIterator[None]:
    """Around the life of the server; a setting that cannot be meant ends it with a sentence."""
    try:
        _mode.fix()
        door = _access.door()
        if door.login:
            print(listed_here())
        print(_access.link(door, st.get_option("server.port"), sys.stdout.isatty()), flush=True)
    except UserError as fault:
        print(fault.message, file=sys.stderr, flush=True)
        raise SystemExit(1) from None
    yield
