"""Launcher of the dashboard: `streamlit run app.py`. Nothing else lives here."""

import streamlit as st
from starlette.middleware import Middleware

from pages import _faults, _gate, _media, _routes, _start

_faults.keep_values_out_of_logs()
app = st.App(
    "pages/_router.py",
    routes=[*_routes.ROUTES, *_media.ROUTES],
    middleware=[Middleware(_gate.Gate)],
    lifespan=_start.started,
    on_script_error=_faults.tell,
)
