"""Who is looking at this run of the script; whoever may not is told why and what would do."""

import streamlit as st
from streamlit import auth_util

from pages import _access
from pages.parts import record
from pipeline.errors import UserError
from pipeline.steps.people import LOCAL, NotAdmitted, Person, Unlisted, admitted, may

FOR_VIEWING = "Your account is for viewing: it opens what is presented, at another address. Ask for the link."


def person() -> Person | None:
    """The person, asked anew in every run; None after saying why nobody may enter."""
    try:
        return _known()
    except NotAdmitted as refusal:
        _say(refusal)
        return None


def gone(seen: Person | None) -> bool:
    """Whether the person of the last run may not stay: signed out, in time no more, struck off the list."""
    try:
        return _known() != seen
    except UserError:
        return True


def _known() -> Person:
    """The person of this session; NotAdmitted for anyone else."""
    if not _access.door().login:
        return LOCAL
    found = admitted(st.user.to_dict())
    if not may(found.role, _access.needed()):
        raise Unlisted(FOR_VIEWING)
    return found


def _say(refusal: NotAdmitted) -> None:
    st.title("Dyadscope", anchor=False)
    st.markdown(refusal.message)
    if isinstance(refusal, Unlisted):
        record.refused(f"{st.user.get('iss')} {st.user.get('sub')}")
        st.button("Sign out", on_click=st.logout, icon=":material/logout:")
        return
    for name in _providers():
        label = "Sign in" if name is None else f"Sign in with {name.title()}"
        st.button(label, on_click=st.login, args=(name,), icon=":material/login:", key=f"sign_in_{name}")


def _providers() -> list[str | None]:
    """The identity providers of the secrets: one without a name, or several with names."""
    section = auth_util.get_secrets_auth_section().to_dict()
    named = [name for name, value in section.items() if isinstance(value, dict) and "client_id" in value]
    return [None] if "client_id" in section or not named else sorted(named)
