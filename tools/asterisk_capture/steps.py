"""The calls of the capture, as a supervisor would tell them."""

from __future__ import annotations

from dataclasses import dataclass, field

from sipp import Caller, Phone


@dataclass(frozen=True, kw_only=True)
class Step:
    """One scene: what the supervisor types before, how the phones behave, who calls, what is typed during and after."""

    title: str
    calls: tuple[Caller, ...]
    phones: dict[str, Phone] = field(default_factory=dict)
    before: tuple[str, ...] = ()
    during: tuple[tuple[float, str], ...] = ()
    after: tuple[str, ...] = ()


RING = Phone(act="ring")


def answer(ring: float = 0.5) -> Phone:
    """Answers and stays until the other side hangs up."""
    return Phone(act="answer", ring=ring)


def talk(seconds: float, *, ring: float = 0.5) -> Phone:
    """Answers and hangs up."""
    return Phone(act="talk", ring=ring, seconds=seconds)


def reject(code: int) -> Phone:
    """Refuses the call."""
    return Phone(act="reject", code=code)


def customer(number: str, to: str, act: str, seconds: float = 0, **more: object) -> Caller:
    """A call to one of the company's numbers."""
    return Caller(number=number, to=to, act=act, seconds=seconds, **more)  # type: ignore[arg-type]


ALL_RING = {"1001": RING, "1002": RING, "1003": RING}

STEPS: tuple[Step, ...] = (
    Step(
        title="the care and tech agents come in",
        calls=(),
        before=(
            "queue add member PJSIP/1004 to care penalty 0 as Lan",
            "queue add member PJSIP/1005 to care penalty 0 as Minh",
            "queue add member Local/1006@members/n to tech penalty 0 as Hoa state_interface PJSIP/1006",
        ),
    ),
    # --- sales: ring-all
    Step(
        title="ring-all, one answers, the customer hangs up",
        phones={**ALL_RING, "1002": answer(2)},
        calls=(customer("0912000001", "19001001", "talk", 7, name="Nguyễn Văn An"),),
    ),
    Step(
        title="ring-all, the agent hangs up",
        phones={**ALL_RING, "1001": talk(4, ring=1)},
        calls=(customer("0912000002", "19001001", "listen", name='Trần "Bình", Hà Nội'),),
    ),
    Step(title="ring-all, abandoned while ringing", phones=ALL_RING, calls=(customer("0912000003", "19001001", "talk", 4),)),
    Step(title="ring-all, nobody answers, the queue gives up", phones=ALL_RING, calls=(customer("0912000004", "19001001", "listen"),)),
    Step(
        title="ring-all, one phone refuses, another answers in the second round",
        phones={"1001": reject(486), "1002": RING, "1003": talk(3, ring=2.5)},
        calls=(customer("0912000005", "19001001", "listen"),),
    ),
    Step(
        title="ring-all with everyone paused: the customer waits and leaves",
        phones=ALL_RING,
        before=(
            "queue pause member PJSIP/1001 queue sales reason lunch",
            "queue pause member PJSIP/1002 queue sales reason training",
            'queue pause member PJSIP/1003 queue sales reason "break, short"',
        ),
        calls=(customer("0912000006", "19001001", "talk", 3),),
        after=(
            "queue unpause member PJSIP/1001 queue sales reason lunch",
            "queue unpause member PJSIP/1002 queue sales",
            "queue unpause member PJSIP/1003 queue sales",
        ),
    ),
    Step(
        title="three customers at once, three agents",
        phones={"1001": talk(5, ring=0.5), "1002": talk(5, ring=1.5), "1003": talk(5, ring=2.5)},
        calls=(
            customer("0912000007", "19001001", "listen"),
            customer("0912000008", "19001001", "listen", delay=0.8),
            customer("0912000009", "19001001", "listen", delay=1.6),
        ),
    ),
    # --- care: round robin, answered only when an agent is
    Step(
        title="round robin, answered, the customer hangs up",
        phones={"1004": answer(1), "1005": answer(1)},
        calls=(customer("0912000010", "19001002", "talk", 5),),
    ),
    Step(
        title="round robin, the next agent, who hangs up",
        phones={"1004": talk(3, ring=2), "1005": talk(3, ring=2)},
        calls=(customer("0912000011", "19001002", "listen"),),
    ),
    Step(
        title="round robin, the first does not pick up, the second does",
        phones={"1004": RING, "1005": talk(4, ring=1)},
        calls=(customer("0912000012", "19001002", "listen"),),
    ),
    Step(
        title="round robin, the other way round",
        phones={"1004": talk(4, ring=1), "1005": RING},
        calls=(customer("0912000013", "19001002", "listen"),),
    ),
    Step(
        title="round robin, abandoned before any answer",
        phones={"1004": RING, "1005": RING},
        calls=(customer("0912000014", "19001002", "cancel", 5),),
    ),
    Step(
        title="round robin, nobody, time is up", phones={"1004": RING, "1005": RING}, calls=(customer("0912000015", "19001002", "refused"),)
    ),
    Step(
        title="one agent, two customers: the second waits until the first is done",
        phones={"1004": talk(4, ring=1), "1005": RING},
        before=("queue pause member PJSIP/1005 queue care reason lunch",),
        calls=(customer("0912000016", "19001002", "listen"), customer("0912000017", "19001002", "listen", delay=1.5)),
        after=("queue unpause member PJSIP/1005 queue care reason lunch",),
    ),
    # --- tech: a menu, then an agent behind a Local channel
    Step(
        title="menu, then the agent behind a Local channel, the customer hangs up",
        phones={"1006": answer(1.5)},
        calls=(customer("0912000018", "19001003", "talk", 8),),
    ),
    Step(
        title="menu, then the same agent, who hangs up",
        phones={"1006": talk(4, ring=1)},
        calls=(customer("0912000019", "19001003", "listen"),),
    ),
    Step(
        title="the customer presses 1 to leave the queue",
        phones={"1006": RING},
        calls=(customer("0912000020", "19001003", "key", 4, digits="1"),),
    ),
    Step(
        title="the only agent pauses: the queue is empty",
        phones={"1006": RING},
        calls=(customer("0912000021", "19001003", "listen"),),
        during=((3.5, "queue pause member Local/1006@members/n queue tech reason meeting"),),
        after=("queue unpause member Local/1006@members/n queue tech",),
    ),
    # --- transfers
    Step(
        title="blind transfer from sales to 1004",
        phones={**ALL_RING, "1001": Phone(act="refer", ring=1, seconds=3, target="1004"), "1004": talk(5, ring=1)},
        calls=(customer("0912000022", "19001001", "listen"),),
    ),
    Step(
        title="attended transfer from care to 1006",
        phones={"1004": Phone(act="keys", ring=1, seconds=3, digits="*21006", then=4), "1005": RING, "1006": talk(9, ring=1)},
        before=("queue pause member PJSIP/1005 queue care reason lunch",),
        calls=(customer("0912000023", "19001002", "listen"),),
        after=("queue unpause member PJSIP/1005 queue care reason lunch",),
    ),
    Step(
        title="sales does not answer, care does",
        phones={**ALL_RING, "1004": talk(4, ring=1), "1005": talk(4, ring=1)},
        calls=(customer("0912000024", "19001006", "listen"),),
    ),
    # --- without a queue
    Step(
        title="ring group, one answers", phones={**ALL_RING, "1003": talk(4, ring=2)}, calls=(customer("0912000025", "19001004", "listen"),)
    ),
    Step(title="ring group, nobody", phones=ALL_RING, calls=(customer("0912000026", "19001004", "refused"),)),
    Step(title="direct number, answered", phones={"1003": answer(1)}, calls=(customer("0912000027", "02473001003", "talk", 4),)),
    Step(title="direct number, busy", phones={"1003": reject(486)}, calls=(customer("0912000028", "02473001003", "refused"),)),
    Step(title="direct number, the customer gives up", phones={"1003": RING}, calls=(customer("0912000029", "02473001003", "cancel", 3),)),
    Step(title="a menu that nobody leaves", calls=(customer("0912000030", "19001005", "listen"),)),
    # --- outbound, internal
    Step(title="outbound, answered, the agent hangs up", phones={"trunk": answer(2)}, calls=(customer("1001", "0938000001", "talk", 5),)),
    Step(
        title="outbound, answered, the customer hangs up",
        phones={"trunk": talk(4, ring=1)},
        calls=(customer("1002", "0938000002", "listen"),),
    ),
    Step(title="outbound, no answer", phones={"trunk": RING}, calls=(customer("1001", "0938000003", "refused"),)),
    Step(title="outbound, busy", phones={"trunk": reject(486)}, calls=(customer("1001", "0938000004", "refused"),)),
    Step(title="outbound, no such number", phones={"trunk": reject(404)}, calls=(customer("1002", "0938000005", "refused"),)),
    Step(title="outbound, the carrier is full", phones={"trunk": reject(503)}, calls=(customer("1002", "0938000006", "refused"),)),
    Step(title="outbound, the agent gives up", phones={"trunk": RING}, calls=(customer("1003", "0938000007", "cancel", 3),)),
    Step(title="outbound abroad", phones={"trunk": answer(1)}, calls=(customer("1003", "006569001234", "talk", 3),)),
    Step(title="agent to agent, answered", phones={"1002": answer(1)}, calls=(customer("1001", "1002", "talk", 4),)),
    Step(title="agent to agent, busy", phones={"1003": reject(486)}, calls=(customer("1001", "1003", "refused"),)),
    # --- an agent who logs in with the headset on
    Step(
        title="agent login, one customer, logoff",
        before=("queue add member Local/1007@pool/n to desk penalty 0 as Phuong state_interface Agent:1007",),
        calls=(customer("1007", "7007", "talk", 14), customer("0912000031", "19001007", "talk", 7, delay=3)),
        after=("queue remove member Local/1007@pool/n from desk",),
    ),
    Step(
        title="everyone goes home",
        calls=(),
        before=(
            "queue remove member PJSIP/1004 from care",
            "queue remove member PJSIP/1005 from care",
            "queue remove member Local/1006@members/n from tech",
        ),
    ),
)
