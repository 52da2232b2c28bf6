"""Trunks and numbers on their pages: saved as versions, sent to the exchange, answered; no password is ever seen."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings
from django.test import Client

from chot.calls.actions_journal import take_in_calls
from chot.calls.models import TelephonyCommand, TelephonyJournal, TelephonyNode
from chot.core import clock
from chot.core.certificates import self_signed
from chot.core.messages import TRUNK_SECRET, NodeChanged, NodeWaits, SetTrunks, TrunkChanged, TrunksSet, decode, encode, kind_of
from chot.core.sealing import unseal
from chot.people.models import AuditEntry
from chot.switchboard.models import Number, Trunk, Version

pytestmark = pytest.mark.django_db
SignIn = Callable[[str], Client]
PASSWORD = "mật-khẩu của trung kế"
TRUNK = {
    "name": "viettel", "title": "Viettel Hà Nội", "operator": "Viettel", "host": "sip.example.vn", "port": "5060", "registers": "on",
    "username": "cong-ty", "password": PASSWORD, "number_form": "bare", "display": "{display_name}", "headers": "X-Brand: {brand}\n\n",
    "transport": "udp", "srtp": "off", "ca": "", "match": "203.0.113.7, 203.0.113.16/28", "codecs": "alaw, ulaw", "rank": "1", "enabled": "on",
}  # fmt: skip


def tell(fact: Any) -> None:
    TelephonyJournal.objects.create(node="n1", kind=kind_of(fact), payload=encode(fact), at=clock.now())
    take_in_calls()


@pytest.fixture
def node(db: None) -> TelephonyNode:
    """An exchange that is up."""
    Number.objects.all().delete()
    Trunk.objects.all().delete()
    Version.objects.all().delete()
    until = clock.instant() + timedelta(hours=1)
    made = TelephonyNode.objects.create(name="n1", owner="x", lease_until=until, renewed_at=clock.instant())
    TelephonyJournal.objects.create(
        node="n1", kind="node_changed", payload=encode(NodeChanged(node="n1", state="up", http_port=1)), at=clock.now()
    )
    return made


def test_a_trunk_is_saved_sealed_and_sent(sign_in: SignIn, node: TelephonyNode) -> None:
    client = sign_in("admin")
    assert client.post("/lines/trunks/new", TRUNK).status_code == 302
    trunk = Trunk.objects.get(name="viettel")
    assert PASSWORD not in trunk.secret and unseal(trunk.secret, settings.SECRET_KEY, purpose=TRUNK_SECRET) == PASSWORD
    row = TelephonyCommand.objects.get(kind="set_trunks")
    sent = decode(SetTrunks, row.payload)
    assert (row.node, sent.version, sent.trunks[0].headers) == ("n1", 1, ("X-Brand: {brand}",))
    assert sent.trunks[0].match == ("203.0.113.7", "203.0.113.16/28") and sent.trunks[0].codecs == "alaw,ulaw"
    kept = [str(row.payload), str(Version.objects.get().document), str(list(AuditEntry.objects.values_list("before", "after")))]
    pages = [client.get(path).content.decode() for path in ("/lines", f"/lines/trunks/{trunk.pk}")]
    assert not any(PASSWORD in text for text in kept + pages) and not any(trunk.secret in text for text in pages)
    changed = TRUNK | {"title": "Viettel", "password": ""}
    assert client.post(f"/lines/trunks/{trunk.pk}", changed).status_code == 302  # without typing it again it stays
    assert unseal(Trunk.objects.get().secret, settings.SECRET_KEY, purpose=TRUNK_SECRET) == PASSWORD
    assert TelephonyCommand.objects.filter(kind="set_trunks").count() == 2


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("ca", "not PEM"), ("srtp", "required"), ("transport", "carrier pigeon"), ("name", "Hà Nội"), ("host", "sip.vn;evil"), ("host", "a b"), ("match", "everywhere"), ("headers", "Contact: me"), ("headers", "x"),
        ("codecs", "mp3"), ("password", "a;b"), ("password", ""), ("username", ""), ("from_domain", "x[y]"), ("port", "70000"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_and_nothing_saved(sign_in: SignIn, node: TelephonyNode, field: str, value: str) -> None:
    answer = sign_in("admin").post("/lines/trunks/new", TRUNK | {field: value})
    assert answer.status_code == 422 and answer.context["form"].errors.keys() == {field}
    assert not Trunk.objects.exists() and not TelephonyCommand.objects.exists()


def test_the_page_says_what_the_exchange_said(sign_in: SignIn, node: TelephonyNode) -> None:
    client = sign_in("admin")
    client.post("/lines/trunks/new", TRUNK)
    assert "chưa có hiệu lực" in client.get("/lines").content.decode()
    tell(TrunksSet(node="n1", version=1, problem="", set_at=clock.now()))
    tell(TrunkChanged(trunk="viettel", state="rejected", detail="sip.example.vn:5060", changed_at=clock.now()))
    part = client.get("/lines", headers={"HX-Request": "true"}).content.decode()
    assert "<html" not in part and "nhà mạng từ chối" in part and "Phiên bản 1" in part
    client.post("/lines/trunks/new", TRUNK | {"name": "second"})
    tell(TrunksSet(node="n1", version=2, problem="the password of 'second' cannot stand", set_at=clock.now()))
    assert "cannot stand" in client.get("/lines").content.decode()
    reason = "unable to get local issuer certificate"
    tell(TrunkChanged(trunk="viettel", state="untrusted", detail=reason, changed_at=clock.now()))
    assert f"Chứng chỉ của nhà mạng bị từ chối: {reason}." in client.get("/lines").content.decode()
    tell(NodeChanged(node="n1", state="down"))
    assert Trunk.objects.get(name="viettel").state == ""


def test_an_encrypted_trunk_is_sent_and_an_earlier_version_is_not_encrypted(sign_in: SignIn, node: TelephonyNode) -> None:
    client, certificate = sign_in("admin"), self_signed("carrier").partition("-----BEGIN CERT")
    pem = f"-----BEGIN CERT{certificate[2]}"
    client.post("/lines/trunks/new", TRUNK)
    first = Version.objects.get()
    for field in ("transport", "srtp", "ca"):
        del first.document["trunks"][0][field]  # as it was written before there was a choice
    first.save()
    path = f"/lines/trunks/{Trunk.objects.get().pk}"
    assert client.post(path, TRUNK | {"transport": "tls", "srtp": "required", "ca": pem, "port": "5061"}).status_code == 302
    sent = decode(SetTrunks, TelephonyCommand.objects.filter(kind="set_trunks").latest("id").payload).trunks[0]
    assert (sent.transport, sent.srtp, sent.ca) == ("tls", "required", pem)
    page = client.get("/lines").content.decode()
    assert "· TLS" in page and "· SRTP" in page
    client.post(f"/lines/versions/{first.pk}/restore")
    sent = decode(SetTrunks, TelephonyCommand.objects.filter(kind="set_trunks").latest("id").payload).trunks[0]
    assert (sent.transport, sent.srtp, sent.ca) == ("udp", "off", "")


def test_an_exchange_that_takes_no_calls_is_told_with_the_reason(sign_in: SignIn, node: TelephonyNode) -> None:
    """Until it is up; and the file that waits for the administrator of an Asterisk elsewhere, until it is taken over."""
    client = sign_in("admin")
    tell(NodeChanged(node="n1", state="unready", problem="modules are not loaded: app_mixmonitor", changed_at=clock.now()))
    page = client.get("/lines").content.decode()
    assert "Tổng đài n1 đang chạy nhưng không nhận cuộc gọi" in page and "modules are not loaded: app_mixmonitor" in page
    tell(NodeChanged(node="n1", state="down", problem="no connection", changed_at=clock.now()))
    assert "Tổng đài n1 ngừng hoạt động" in client.get("/lines").content.decode()
    tell(NodeChanged(node="n1", state="up", changed_at=clock.now()))
    tell(NodeWaits(node="n1", file="/srv/chot/etc/chot_pjsip.conf", changed_at=clock.now()))
    page = client.get("/lines").content.decode()
    assert "no connection" not in page and "/srv/chot/etc/chot_pjsip.conf" in page
    tell(NodeWaits(node="n1", changed_at=clock.now()))
    assert "chot_pjsip.conf" not in client.get("/lines").content.decode()


def test_an_exchange_that_comes_up_is_given_the_latest(sign_in: SignIn, node: TelephonyNode) -> None:
    sign_in("admin").post("/lines/trunks/new", TRUNK)
    take_in_calls()
    asked = TelephonyCommand.objects.filter(kind="set_trunks")
    before = asked.count()
    tell(NodeChanged(node="n1", state="up"))
    assert decode(SetTrunks, asked.order_by("-pk")[0].payload).version == 1
    assert asked.count() == before + 1


def test_numbers_and_earlier_versions(sign_in: SignIn, node: TelephonyNode) -> None:
    client = sign_in("admin")
    client.post("/lines/trunks/new", TRUNK)
    trunk = Trunk.objects.get()
    given = {"number": "024 7123 4567", "title": "Tổng đài", "trunk": trunk.pk, "leads_to": "queue", "target": "", "enabled": "on"}
    assert client.post("/lines/numbers/new", given).status_code == 422
    assert client.post("/lines/numbers/new", given | {"target": "ho-tro"}).status_code == 302
    assert Number.objects.get().number == "+842471234567"
    assert client.post(f"/lines/trunks/{trunk.pk}/delete").status_code == 302 and Trunk.objects.exists()  # a number still uses it
    client.post(f"/lines/numbers/{Number.objects.get().pk}/delete")
    client.post(f"/lines/trunks/{trunk.pk}/delete")
    assert not Trunk.objects.exists() and Version.objects.first().number == 4
    client.post(f"/lines/versions/{Version.objects.get(number=2).pk}/restore")
    assert (Number.objects.get().target, Trunk.objects.get().title, Version.objects.first().number) == ("ho-tro", "Viettel Hà Nội", 5)
    assert unseal(Trunk.objects.get().secret, settings.SECRET_KEY, purpose=TRUNK_SECRET) == PASSWORD


def test_one_question_for_any_number_of_trunks(sign_in: SignIn, node: TelephonyNode, django_assert_max_num_queries: Any) -> None:
    client = sign_in("manager")
    counts = []
    for name in ("one", "two", "three"):
        trunk = Trunk.objects.create(name=name, title=name, host="198.51.100.1")
        Number.objects.create(number=f"+84247{len(name)}{len(counts)}", trunk=trunk)
        Version.objects.create(number=len(counts) + 10, document={}, saved_at=clock.now())
        with django_assert_max_num_queries(40) as asked:
            client.get("/lines")
        counts.append(len(asked))
    assert counts[0] == counts[2]
