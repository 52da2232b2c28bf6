"""One graph of everything that a number can lead to: flows, queues with their exits, callbacks; names resolved, nothing looked up later.

A call goes on with the graph it began with, so a new version changes no call that is under way.
"""

from __future__ import annotations

from dataclasses import replace

from chot.core.flows import Exit, Flow, Key, Notice, Queue, Routing, Step

END = "end"
MESSAGE = "Xin quý khách vui lòng để lại lời nhắn sau tiếng bíp, rồi bấm phím thăng hoặc gác máy."
THANKS = "Cảm ơn quý khách. Chúng tôi đã nhận được lời nhắn."
CALLBACK = "Chúng tôi sẽ gọi lại cho quý khách trong thời gian sớm nhất. Xin cảm ơn."
CLOSED = "Xin lỗi quý khách, hiện tại chúng tôi không có người trực. Xin quý khách vui lòng gọi lại sau."


def graph(routing: Routing, kind: str, target: str) -> Flow:
    """The graph behind a queue, a flow, an agent or an announcement; it ends at once where a name leads nowhere."""
    return _Builder(routing).built(kind, target)


class _Builder:
    def __init__(self, routing: Routing) -> None:
        self._routing = routing
        self._sounds = {sound.name: sound.sha for sound in routing.sounds}
        self._flows = {flow.name: flow for flow in routing.flows}
        self._steps: dict[str, Step] = {END: Step(name=END, kind="hangup")}

    def built(self, kind: str, target: str) -> Flow:
        """Steps with the first one first."""
        if kind == "agent":
            first = self._put(Step(name="agent", kind="transfer", agent=target, most_s=30, next=END, otherwise=END))
        elif kind == "announcement":
            first = self._put(Step(name="announcement", kind="say", prompt=self._sounds.get(target, ""), next=END))
        else:
            first = self._queue(target) if kind == "queue" else self._flow(target)
        steps = (self._steps[first], *(step for name, step in self._steps.items() if name != first))
        return Flow(name=f"{kind}:{target}", steps=steps, hours=self._routing.hours)

    def _put(self, step: Step) -> str:
        self._steps[step.name] = step
        return step.name

    def _flow(self, name: str) -> str:
        """The name of the first step of a flow; its steps are put in the first time."""
        flow = self._flows.get(name)
        if flow is None or not flow.steps:
            return END
        if f"{name}/{flow.steps[0].name}" not in self._steps:
            for step in flow.steps:  # so that a flow that leads back to itself ends
                self._put(replace(step, name=f"{name}/{step.name}"))
            for step in flow.steps:
                self._put(self._resolved(flow, step))
        return self._begin(flow, flow.steps[0].name)

    def _begin(self, flow: Flow, name: str, missing: str = END) -> str:
        """Where a reference within a flow leads: through what is a queue itself."""
        step = flow.step(name)
        if step is None:
            return missing
        if step.kind == "queue":
            return self._queue(step.queue)
        return f"{flow.name}/{step.name}"

    def _resolved(self, flow: Flow, step: Step) -> Step:
        after = self._flow(step.flow) if step.kind == "flow" else self._begin(flow, flow.after(step))
        otherwise = self._begin(flow, step.otherwise, after if step.kind in ("ask", "transfer") else END)
        keys = tuple(Key(press=key.press, to=self._begin(flow, key.to)) for key in step.keys)
        prompt = self._sounds.get(step.prompt, "")
        text = step.text or (CALLBACK if step.kind == "callback" and not prompt else "")
        return replace(step, name=f"{flow.name}/{step.name}", next=after, otherwise=otherwise, keys=keys, prompt=prompt, text=text)

    def _queue(self, name: str) -> str:
        """The step of a queue; its exits are put in the first time."""
        queue, own = self._routing.queue(name), f"queue:{name}"
        if queue is None:
            return END
        if own in self._steps:
            return own
        self._put(Step(name=own, kind="queue", queue=name))
        callback = (Key(press=queue.callback_key, to=self._callback(queue, f"{own}/callback", "")),) if queue.callback_key else ()
        greeting = self._sounds.get(queue.greeting_prompt, "")
        step = Step(
            name=own, kind="queue", queue=name, text=queue.greeting, prompt=greeting, keys=callback, notice=self._notice(queue),
            overflow=self._exit(queue, f"{own}/overflow", queue.overflow), closed=self._exit(queue, f"{own}/closed", queue.closed, CLOSED),
        )  # fmt: skip
        return self._put(step)

    def _notice(self, queue: Queue) -> Notice | None:
        return queue.notice and replace(queue.notice, prompt=self._sounds.get(queue.notice.prompt, ""))

    def _exit(self, queue: Queue, name: str, leave: Exit, text: str = "") -> str:
        said = leave.text or text
        match leave.kind:
            case "voicemail":
                thanks = self._put(Step(name=f"{name}/thanks", kind="say", text=THANKS, next=END))
                most = f"{leave.text} {MESSAGE}".strip()
                return self._put(Step(name=name, kind="record", text=most, queue=queue.name, next=thanks))
            case "callback":
                return self._callback(queue, name, leave.text)
            case "number":
                return self._said(name, leave.text, self._put(self._outside(f"{name}/number", leave.target)))
            case "queue":
                return self._said(name, leave.text, self._queue(leave.target))
            case "flow":
                return self._said(name, leave.text, self._flow(leave.target))
        return self._said(name, said or CLOSED, END)

    def _said(self, name: str, text: str, then: str) -> str:
        return self._put(Step(name=name, kind="say", text=text, next=then)) if text else then

    def _outside(self, name: str, number: str) -> Step:
        return Step(name=name, kind="transfer", number=number, most_s=40, next=END, otherwise=END)

    def _callback(self, queue: Queue, name: str, text: str) -> str:
        return self._put(Step(name=name, kind="callback", queue=queue.name, text=text or CALLBACK, next=END))
