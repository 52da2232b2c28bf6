"""What a log never holds: telephone numbers, e-mail addresses, tokens, and what people type into fields."""

from __future__ import annotations

import re
from collections.abc import Mapping, MutableMapping
from typing import Any

REMOVED = "[removed]"
_PRIVATE = frozenset({
    "address", "authorization", "code", "cookie", "cookies", "csrfmiddlewaretoken", "customer", "data", "email", "full_name",
    "get", "name", "otp", "password", "phone", "post", "q", "query", "search", "secret", "sessionid", "token", "username",
})  # fmt: skip
_KEPT = ("timestamp", "incident", "level", "id", "call", "call_id")
_KEY_WORDS = r"(?:password|passwd|token|secret|csrfmiddlewaretoken|sessionid|api_?key|otp)"
_PHONE = re.compile(
    r"(?<![0-9A-Za-z])(?:(?:\+|00|%2B)?[\s.]?\(?\+?84\)?[\s.\-]?(?:\(0\)|0)?|\(?0)(?:[\s.\-()]{0,2}[0-9]){8,10}(?![0-9A-Za-z])"
)
_PATTERNS = (
    (re.compile(r"(?i)\b(bearer|basic)\s+[\w.~+/=-]{6,}"), rf"\1 {REMOVED}"),
    (re.compile(rf"(?i)\b({_KEY_WORDS}[\"']?\s*[=:]\s*[\"']?)[^\s\"'&,;)}}]+"), rf"\1{REMOVED}"),
    (re.compile(r"(\([\w\", ()]+\)=)\(.*?\)(?= (?:already exists|is not present|is still referenced|conflicts))"), rf"\1({REMOVED})"),
    (re.compile(r"(Failing row contains) \(.*\)"), rf"\1 ({REMOVED})"),
    (re.compile(r"[\w.+%-]+@[\w-]+(?:\.[\w-]+)+"), REMOVED),
    (_PHONE, REMOVED),
    (re.compile(r"\b(?=\w*[0-9])(?=\w*[a-zA-Z])[0-9a-f]{32,}\b"), REMOVED),
    (re.compile(r"(?<![\w-])(?=[\w-]*[0-9])(?=[\w-]*[a-z])(?=[\w-]*[A-Z])[\w-]{30,}"), REMOVED),
)  # fmt: skip


def without_personal_data(text: str) -> str:
    """The text without telephone numbers, e-mail addresses, tokens, and the values that PostgreSQL quotes.

    >>> without_personal_data("dial 0912 345 678, or +84.912.345.678 of lan@chot.vn; token=abc123")
    'dial [removed], or [removed] of [removed]; token=[removed]'
    """
    for pattern, instead in _PATTERNS:
        text = pattern.sub(instead, text)
    return text


def _cleaned(value: Any) -> Any:
    if isinstance(value, str):
        return without_personal_data(value)
    if isinstance(value, bytes):
        return without_personal_data(value.decode(errors="replace"))
    if isinstance(value, Mapping):
        return {key: REMOVED if str(key).lower() in _PRIVATE and held else _cleaned(held) for key, held in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_cleaned(each) for each in value]
    return value if value is None or isinstance(value, bool | int | float) else without_personal_data(str(value))


def remove_personal_data(_logger: object, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """The processor before the one that writes; the moment of an entry and the ids of calls stay as they are."""
    kept = {name: event[name] for name in _KEPT if name in event}
    return {**_cleaned(event), **kept}
