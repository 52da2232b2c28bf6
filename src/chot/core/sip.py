"""What may stand in SIP headers and in Asterisk's files; the forms that take it in and the exchange that writes it ask the same."""

from __future__ import annotations

import re
import ssl

HEADER = re.compile(r"([A-Za-z][A-Za-z0-9-]{0,60}):[ \t]*(\S.*)")
RESERVED = frozenset(
    "via to from call-id cseq contact content-length content-type max-forwards route record-route authorization proxy-authorization".split()
)
"""Headers that belong to the dialogue itself; no template may set them."""


def header_problem(line: str) -> str:
    """The part of a header template (``Name: value``) that may not stand; empty when all may.

    >>> header_problem("X-Brand: {brand}"), header_problem("To: me"), header_problem("nothing")
    ('', 'To', 'nothing')
    """
    found = HEADER.fullmatch(line.strip())
    if found is None or not line.isprintable():
        return line
    return found[1] if found[1].lower() in RESERVED else ""


def trusts(certificates: str) -> bool:
    """Whether there is a certificate in a text (PEM) by which others can be checked.

    >>> trusts("nothing")
    False
    """
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(cadata=certificates)
    except (ssl.SSLError, ValueError):
        return False
    return True


def is_plain(value: str) -> bool:
    """Whether a value stays one value in Asterisk's files: it cannot end its line or its section.

    >>> is_plain("a-b c"), is_plain("a;b"), is_plain("")
    (True, False, False)
    """
    return bool(value) and value.isprintable() and not set(value) & set(";[]\\") and value == value.strip()
