"""Messages go through JSON unchanged, and what does not fit is refused with the name of the field."""

from __future__ import annotations

import dataclasses
import json
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chot.core import messages_supervision  # noqa: F401 - registers its messages
from chot.core.messages import COMMANDS, FACTS, Dial, MessageError, Seat, decode, decoded_command, encode, kind_of

st.register_type_strategy(datetime, st.datetimes(timezones=st.just(UTC)))


@pytest.mark.parametrize("cls", [*COMMANDS.values(), *FACTS.values()], ids=lambda cls: cls.KIND)
def test_every_message_survives_the_database(cls: type) -> None:
    """Any value of it, there and back."""

    @given(st.builds(cls))
    def check(message: object) -> None:
        assert decode(cls, json.loads(json.dumps(encode(message)))) == message

    check()


def test_kinds_and_fields_are_the_contract() -> None:
    """A field may be added with a default; one that disappears or becomes required breaks the other side."""
    assert COMMANDS.keys() >= set(
        "dial dial_automatically offer hang_up hold mute press transfer complete_transfer cancel_transfer confer set_phones "
        "set_trunks limit_talk set_routing supervise stop_supervising".split()
    )
    required = {
        kind: {field.name for field in dataclasses.fields(cls) if field.default is dataclasses.MISSING} for kind, cls in (COMMANDS | FACTS).items()
    }
    assert required["dial"] == {"call_id", "seat", "number"}
    assert required["call_ended"] == {"call_id", "direction", "number", "started_at", "ended_at", "outcome"}
    assert required["recording_stopped"] == {"call_id", "mixed", "customer", "agent", "duration_ms"}


def test_a_newer_writer_and_an_older_one() -> None:
    """Unknown fields are ignored, missing ones are their defaults."""
    message = decoded_command("dial", {"call_id": "1", "seat": {"phone": "lan", "shoe_size": 38}, "number": "0912", "mood": "good"})
    assert message == Dial(call_id="1", seat=Seat(phone="lan"), number="0912")
    assert kind_of(message) == "dial"


@pytest.mark.parametrize(
    ("kind", "data", "words"),
    [
        ("dance", {}, "unknown command"),
        ("dial", {"call_id": "1", "number": "0912"}, "seat is missing"),
        ("dial", {"call_id": 1, "number": "0912", "seat": {}}, "Dial.call_id: str is expected"),
        ("hold", {"call_id": "1", "on": 1}, "Hold.on: bool is expected"),
        ("dial", [], "an object is expected"),
        ("set_phones", {"phones": "all"}, "a list is expected"),
    ],
)
def test_what_does_not_fit_is_named(kind: str, data: object, words: str) -> None:
    """The message says where."""
    with pytest.raises(MessageError, match=words):
        decoded_command(kind, data)


def test_a_time_without_offset_is_no_moment() -> None:
    """It could be in any zone."""
    with pytest.raises(MessageError, match="time with offset"):
        decode(FACTS["call_changed"], {"call_id": "1", "phase": "x", "changed_at": "2026-11-03T09:00:00"})
