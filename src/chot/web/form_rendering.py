"""Fields with a choice for every person or team, rendered without a template for each choice, which takes most of a page's time."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from django.forms.renderers import DjangoTemplates
from django.utils.formats import localize
from django.utils.html import conditional_escape
from django.utils.safestring import SafeString

_SELECT = "django/forms/widgets/select.html"
_TICKS = "django/forms/widgets/checkbox_select.html"
_ONE_OF = {_SELECT: "django/forms/widgets/select_option.html", _TICKS: "django/forms/widgets/checkbox_option.html"}


class LongLists(DjangoTemplates):
    """Django's renderer, whose drop-downs and lists of boxes are the same text, put together here."""

    def render(self, template_name: str, context: dict[str, Any], request: Any = None) -> SafeString:
        """A field's text."""
        option = _ONE_OF.get(template_name)
        groups = context["widget"]["optgroups"] if option else []
        if option is None or any(each["template_name"] != option for _name, group, _place in groups for each in group):
            return SafeString(super().render(template_name, context, request))
        parts = _select(context["widget"]) if template_name == _SELECT else _ticks(context["widget"])
        return SafeString("".join(parts))


def _select(widget: Mapping[str, Any]) -> Iterator[str]:
    yield f'<select name="{_text(widget["name"])}"{_attributes(widget["attrs"])}>'
    for name, group, _place in widget["optgroups"]:
        if name:
            yield f'\n  <optgroup label="{_text(name)}">'
        for option in group:
            yield f'\n  <option value="{_text(str(option["value"]))}"{_attributes(option["attrs"])}>{_text(option["label"])}</option>'
        if name:
            yield "\n  </optgroup>"
    yield "\n</select>"


def _ticks(widget: Mapping[str, Any]) -> Iterator[str]:
    named = {name: widget["attrs"].get(name) for name in ("id", "class")}
    yield "<div" + "".join(f' {name}="{_text(value)}"' for name, value in named.items() if value) + ">"
    for name, group, _place in widget["optgroups"]:
        if name:
            yield f"\n  <div><label>{_text(name)}</label>"
        for option in group:
            yield f"<div>\n    {_tick(option)}</div>"
        if name:
            yield "\n  </div>"
    yield "\n</div>"


def _tick(option: Mapping[str, Any]) -> str:
    value = "" if option["value"] is None else f' value="{_text(str(option["value"]))}"'
    box = f'<input type="{_text(option["type"])}" name="{_text(option["name"])}"{value}{_attributes(option["attrs"])}>'
    if not option["wrap_label"]:
        return box
    of = f' for="{_text(option["attrs"]["id"])}"' if option["attrs"].get("id") else ""
    return f"<label{of}>{box} {_text(option['label'])}</label>"


def _attributes(attrs: Mapping[str, Any]) -> str:
    return "".join(f" {_text(name)}" if value is True else f' {_text(name)}="{_text(str(value))}"'
                   for name, value in attrs.items() if value is not False)  # fmt: skip


def _text(value: Any) -> str:
    """A value as a template writes it."""
    return conditional_escape(localize(value))
