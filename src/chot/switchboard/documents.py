"""Trunks and numbers as one document, and as the command that brings it into force; secrets in both stay sealed."""

from __future__ import annotations

from typing import Any

from chot.core.messages import SetTrunks, TrunkAccount
from chot.switchboard.models import Number, Trunk

TRUNK_FIELDS = (
    "name", "title", "operator", "host", "port", "match", "registers", "username", "secret", "from_user", "from_domain", "codecs",
    "number_form", "display", "headers", "enabled", "rank", "transport", "srtp", "ca",
)  # fmt: skip
_SINCE = {"transport": "udp", "srtp": "off", "ca": ""}
NUMBER_FIELDS = ("number", "title", "leads_to", "target", "enabled")


def present() -> dict[str, Any]:
    """Trunks and numbers as they are now."""
    trunks = [{name: getattr(trunk, name) for name in TRUNK_FIELDS} for trunk in Trunk.objects.all()]
    numbers = Number.objects.select_related("trunk")
    return {
        "trunks": trunks,
        "numbers": [{**{name: getattr(row, name) for name in NUMBER_FIELDS}, "trunk": row.trunk.name} for row in numbers],
    }


def command(version: int, document: dict[str, Any]) -> SetTrunks:
    """The trunks in use of a document."""
    return SetTrunks(version=version, trunks=tuple(_account(each) for each in trunks_of(document) if each["enabled"]))


def trunks_of(document: dict[str, Any]) -> list[dict[str, Any]]:
    """The trunks of a document; an earlier one lacks what did not exist yet."""
    return [_SINCE | each for each in document["trunks"]]


def without_secrets(values: dict[str, Any]) -> dict[str, Any]:
    """A trunk for the audit trail: only whether it has a password."""
    return {**{name: value for name, value in values.items() if name != "secret"}, "password": bool(values.get("secret"))}


def _account(each: dict[str, Any]) -> TrunkAccount:
    return TrunkAccount(
        name=each["name"], host=each["host"], port=each["port"], match=tuple(each["match"].replace(",", " ").split()),
        username=each["username"], secret=each["secret"], registers=each["registers"], from_user=each["from_user"],
        from_domain=each["from_domain"], codecs=each["codecs"], number_form=each["number_form"], display=each["display"],
        headers=tuple(line.strip() for line in each["headers"].splitlines() if line.strip()),
        transport=each["transport"], srtp=each["srtp"], ca=each["ca"],
    )  # fmt: skip
