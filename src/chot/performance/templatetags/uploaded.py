"""What a page shows of a file that was uploaded."""

from __future__ import annotations

from django import template
from django.utils.translation import get_language

from chot.facts.drafted_words import in_words

register = template.Library()


@register.filter
def mapping_words(text: str) -> str:
    """A mapping with the comments of its draft in the reader's language."""
    return in_words(text, "vi" if (get_language() or "vi").startswith("vi") else "en")
