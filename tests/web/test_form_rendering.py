"""Long lists in forms: the same HTML as of Django's templates."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from django import forms
from django.forms.renderers import DjangoTemplates, get_default_renderer
from django.test.html import parse_html
from django.utils.safestring import mark_safe
from django.utils.translation import gettext_lazy as _
from django.utils.translation import override

from chot.web.form_rendering import LongLists

CHOICES: list[Any] = [
    ("", _("none")), ("a1", "Nguyễn <b>An</b> & \"Bình\""), ("t'1", mark_safe("<i>safe</i>")), (7, 12345), (None, 1.5),
    ("2026", date(2026, 11, 3)), ("Nhóm & tổ", [("x", "X"), ("y", "Y")]), ("", [("z", "Z")]),
]  # fmt: skip
WIDGETS = (forms.Select, forms.SelectMultiple, forms.CheckboxSelectMultiple, forms.RadioSelect, forms.NullBooleanSelect)
VALUES: tuple[Any, ...] = (None, "a1", ["a1", "y"], 7, "t'1", [])
ATTRS: tuple[dict[str, Any], ...] = (
    {}, {"id": "id_<who>", "class": "ticks"}, {"required": True, "disabled": False, "data-n": 1234, "aria-label": "\"q\" & r", "id": None},
)  # fmt: skip


@pytest.mark.parametrize("language", ["vi", "en"])
@pytest.mark.parametrize("kind", WIDGETS)
def test_it_is_what_the_templates_give(kind: type[forms.Widget], language: str) -> None:
    ours, templates = LongLists(), DjangoTemplates()
    with override(language):
        for attrs in ATTRS:
            widget: Any = kind(attrs=attrs)
            if kind is not forms.NullBooleanSelect:
                widget.choices = CHOICES
            for value in VALUES:
                given = value if kind in (forms.SelectMultiple, forms.CheckboxSelectMultiple) or not isinstance(value, list) else None
                made, expected = (parse_html(widget.render("who", given, renderer=each)) for each in (ours, templates))
                assert made == expected, (attrs, value)


def test_a_choice_with_a_template_of_its_own_keeps_it() -> None:
    class Own(forms.Select):
        option_template_name = "django/forms/widgets/input_option.html"

    ours, templates = (Own(choices=[("a", "A")]).render("who", "a", renderer=each) for each in (LongLists(), DjangoTemplates()))
    assert parse_html(ours) == parse_html(templates) and "<option" not in ours and "<input" in ours


def test_forms_are_rendered_by_it() -> None:
    assert isinstance(get_default_renderer(), LongLists)
