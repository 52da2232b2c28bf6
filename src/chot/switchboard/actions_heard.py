"""Writes: what the exchange says of trunks, phones and itself."""

from __future__ import annotations

from chot.core import clock
from chot.core.messages import NodeChanged, NodeWaits, PhoneChanged, RoutingSet, TrunkChanged, TrunksSet
from chot.switchboard.actions import apply_latest
from chot.switchboard.actions_queues import apply_routing
from chot.switchboard.models import NodeState, PhoneState, RoutingVersion, Trunk, Version


def heard(fact: object) -> None:
    """Take in a fact of the journal; an exchange that came up is given the latest version."""
    match fact:
        case NodeWaits(node=node, file=file):
            NodeState.objects.filter(name=node).update(waits=file[:300])
            return
        case NodeChanged(node=node, state=state, problem=problem, changed_at=at):
            told = {"state": state[:20], "problem": problem[:300], "changed_at": at or clock.instant()}
            NodeState.objects.update_or_create(name=node[:64], defaults=told)
    match fact:
        case TrunkChanged(trunk=name, state=state, detail=detail, changed_at=at):
            Trunk.objects.filter(name=name).update(state=state[:20], state_detail=detail[:200], state_at=at)
        case TrunksSet(version=version, problem="", set_at=at):
            Version.objects.filter(number=version).update(applied_at=at, problem="")
        case TrunksSet(version=version, problem=problem):
            Version.objects.filter(number=version).update(problem=problem[:300])
        case RoutingSet(version=version, problem=problem, set_at=at):
            RoutingVersion.objects.filter(number=version).update(problem=problem[:300], **({} if problem else {"applied_at": at}))
        case NodeChanged(node=node, state="up"):
            again = f"{node}:{clock.instant():%Y%m%d%H%M%S%f}"
            apply_latest(again=again)
            apply_routing(again=again)
        case NodeChanged():
            Trunk.objects.update(state="", state_detail="", state_at=clock.instant())
            PhoneState.objects.update(online=False)
        case PhoneChanged(phone=phone, online=online):
            PhoneState.objects.update_or_create(name=phone, defaults={"online": online, "since": clock.instant()})
