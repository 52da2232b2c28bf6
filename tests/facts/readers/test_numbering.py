"""Who is a trunk, who is an agent, which way a call went: the defaults, and what a mapping changes."""

from __future__ import annotations

import pytest

from chot.core.errors import InputError
from chot.facts.readers.base import Options
from chot.facts.readers.numbering import Endpoint, Numbering, interface_name, numbering

RULES = Numbering()


@pytest.mark.parametrize(
    ("channel", "name", "kind"),
    [
        ("PJSIP/1001", "1001", "agent"),
        ("SIP/1001", "1001", "agent"),
        ("PJSIP/agent1", "agent1", "other"),
        ("PJSIP/trunk", "trunk", "trunk"),
        ("SIP/viettel-hn", "viettel-hn", "trunk"),
        ("SIP/10.0.0.5", "10.0.0.5", "trunk"),
        ("SIP/02473001001", "02473001001", "trunk"),
        ("DAHDI/i1/0912345678", "DAHDI/i1", "trunk"),
        ("Local/1006@members", "1006", "local"),
        ("Agent/1007", "1007", "agent"),
        ("", "", "none"),
        ("garbage", "garbage", "other"),
    ],
)
def test_channels(channel: str, name: str, kind: str) -> None:
    assert RULES.endpoint(channel) == Endpoint(name, kind)  # type: ignore[arg-type]


def test_named_trunks_make_every_other_name_an_agent() -> None:
    rules = Numbering(trunks=("itel*", "lan"))
    assert rules.endpoint("PJSIP/itel-2").kind == "trunk"
    assert rules.endpoint("PJSIP/lan").kind == "trunk"
    assert rules.endpoint("PJSIP/minh").kind == "agent"


@pytest.mark.parametrize(
    ("channel", "context", "src", "dst", "over_trunk", "way"),
    [
        ("PJSIP/trunk", "from-trunk", "0912345678", "19001001", False, "in"),
        ("PJSIP/trunk", "default", "", "s", False, "in"),  # a withheld number
        ("PJSIP/trunk", "from-trunk", "0912345678", "0987654321", True, "in"),  # forwarded to a mobile
        ("PJSIP/1001", "from-internal", "1001", "0912345678", True, "out"),
        ("PJSIP/1001", "from-internal", "02473001001", "0912345678", False, "out"),  # the company's number is shown
        ("PJSIP/1001", "from-internal", "1001", "113", True, "out"),  # a short number, dialled through a trunk
        ("PJSIP/1001", "from-internal", "1001", "1002", False, "internal"),
        ("PJSIP/1001", "from-internal", "1001", "*97", False, "internal"),
        ("PJSIP/agent1", "from-internal", "agent1", "0912345678", False, "out"),
        ("PJSIP/agent1", "default", "1001", "1002", False, "internal"),
        ("PJSIP/abc", "from-pstn", "0912345678", "600", False, "in"),
        ("Local/1001@from-internal", "from-internal", "1001", "0912345678", True, "out"),  # click to call
        ("Local/0912345678@dialler", "dialler", "", "s", True, "out"),
    ],
)
def test_directions(channel: str, context: str, src: str, dst: str, over_trunk: bool, way: str) -> None:
    caller = RULES.endpoint(channel)
    assert RULES.direction(caller, context, RULES.number_class(src), RULES.number_class(dst), over_trunk=over_trunk) == way


def test_a_context_in_the_mapping_decides() -> None:
    rules = numbering(Options(mapping={"contexts": {"autodial": "out"}}), path="Master.csv")
    assert rules.direction(rules.endpoint("PJSIP/trunk"), "autodial", "long", "other", over_trunk=False) == "out"


def test_interfaces_of_queue_members() -> None:
    names = {each: interface_name(each) for each in ("PJSIP/1001", "SIP/1001-00000a1b", "Local/1006@from-queue/n", "Agent/7", "Lan", "an/b")}
    assert list(names.values()) == ["1001", "1001", "1006", "7", "Lan", "an/b"]


def test_every_problem_of_a_mapping_is_listed() -> None:
    wrong = {"interal": "1", "internal": "[", "trunks": 5, "contexts": {"x": "sideways"}, "agents": [], "region": "XX"}
    with pytest.raises(InputError) as caught:
        numbering(Options(mapping=wrong), path="Master.csv")
    fields = [problem.field for problem in caught.value.problems]
    assert fields == ["mapping.interal", "mapping.internal", "mapping.trunks", "mapping.contexts.x", "mapping.agents", "mapping.region"]
    assert "Did you mean 'internal'?" in str(caught.value)


def test_a_look_ahead_is_refused_before_it_meets_a_column() -> None:
    with pytest.raises(InputError, match="regular expression"):
        numbering(Options(mapping={"internal": "(?=1)[0-9]+"}), path="Master.csv")
