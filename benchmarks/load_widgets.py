"""Widgets of a page as a viewer without eyes knows them: what each can be set to, read from what the server sent."""

from collections.abc import Callable
from dataclasses import dataclass

from streamlit.proto.Element_pb2 import Element
from streamlit.proto.WidgetStates_pb2 import WidgetState

PRESSED = ("Clear all filters", "Previous", "Next")
"""The only buttons that are pressed: others start, store or remove something."""
Setting = tuple[str, object]
"""Field of `WidgetState` and its value."""


@dataclass(frozen=True)
class Widget:
    """A widget that can be set; `parameter`: its name in the link ('' without one), `shared`: it stands in the sidebar
    of every page, `default`: the setting that is left out of the link.
    """

    id: str
    label: str
    parameter: str
    settings: tuple[Setting, ...]
    default: Setting | None
    shared: bool = False

    @property
    def button(self) -> bool:
        """Whether it is pressed, and stays as it is."""
        return self.settings[0][0] == "trigger_value"


def widget_of(element: Element, shared: bool) -> Widget | None:
    """The widget an element is; None for all that cannot be set, or only to what it is."""
    kind = element.WhichOneof("type")
    if kind not in KINDS:
        return None
    sent = getattr(element, kind)
    settings = () if sent.disabled else KINDS[kind](sent)
    if not settings:
        return None
    default = _default(kind, sent)
    return Widget(sent.id, sent.label, getattr(sent, "query_param_key", ""), tuple(settings), default, shared)


def _button(sent) -> list[Setting]:
    return [("trigger_value", True)] if sent.label in PRESSED else []


def _one(sent) -> list[Setting]:
    return [("string_value", one) for one in sent.options] if len(sent.options) > 1 else []


def _some(sent) -> list[Setting]:
    return [("string_array_value", (one,)) for one in sent.options]


def _buttons(sent) -> list[Setting]:
    return [("string_array_value", (one.content,)) for one in sent.options]


def _switch(_) -> list[Setting]:
    return [("bool_value", True), ("bool_value", False)]


def _slider(sent) -> list[Setting]:
    if sent.options:
        return [("string_array_value", (one,)) for one in sent.options] if len(sent.default) == 1 else []
    middle = sent.min + sent.step * round((sent.max - sent.min) / 2 / (sent.step or 1))
    if len(sent.default) == 1:
        return [("double_array_value", (one,)) for one in (sent.min, middle, sent.max)]
    return [("double_array_value", one) for one in ((sent.min, middle), (middle, sent.max))]


KINDS: dict[str, Callable[[object], list[Setting]]] = {
    "button": _button,
    "selectbox": _one,
    "radio": _one,
    "multiselect": _some,
    "button_group": _buttons,
    "checkbox": _switch,
    "slider": _slider,
}
"""Kind of element -> all it can be set to."""


def _default(kind: str, sent) -> Setting | None:
    """What the widget is where nobody set it."""
    if kind in ("selectbox", "radio"):
        return "string_value", sent.options[sent.default]
    if kind == "checkbox":
        return "bool_value", sent.default
    if kind == "slider" and not sent.options:
        return "double_array_value", tuple(sent.default)
    if kind in ("multiselect", "button_group"):
        words = [getattr(one, "content", one) for one in sent.options]
        return "string_array_value", tuple(words[place] for place in sent.default)
    return None


def state_of(id: str, setting: Setting) -> WidgetState:
    """What a browser sends for a widget."""
    field, value = setting
    state = WidgetState(id=id)
    if field.endswith("_array_value"):
        getattr(state, field).data.extend(value)
    else:
        setattr(state, field, value)
    return state
