"""Music on hold as Asterisk has it: one class for each sound, which is the only file of a folder."""

from __future__ import annotations

import asyncio
from pathlib import Path

from chot.core.flows import Routing
from chot.telephony.prompts import Prompts


def folder(home: Path) -> Path:
    """Where the folders of the classes are."""
    return home / "sounds" / "music"


def class_of(sha: str) -> str:
    """The name of the class of a sound; empty for Asterisk's own music."""
    return f"m-{sha[:16]}" if sha else ""


def configuration(home: Path, data: str) -> str:
    """musiconhold.conf: Asterisk's own music, and what ``fetch`` has laid down."""
    text = f"[general]\n[default]\nmode=files\nsort=random\ndirectory={data}/moh\n"
    here = folder(home)
    names = sorted(each.name for each in here.iterdir() if each.is_dir()) if here.is_dir() else []
    return text + "".join(f"[{name}]\nmode=files\ndirectory={here}/{name}\n" for name in names)


async def fetch(home: Path, routing: Routing, prompts: Prompts) -> bool:
    """Lay down the sounds that a routing names; whether one is new, so that Asterisk has to read its classes again."""
    wanted = {routing.music_of(queue.name) for queue in routing.queues} | {routing.music_of("")}
    fresh = False
    for sha in sorted(wanted - {""}):
        target = folder(home) / class_of(sha) / "music.wav"
        if target.is_file():
            continue
        if sound := await prompts.fetch(sha):
            await asyncio.to_thread(_keep, target, sound)
            fresh = True
    return fresh


def _keep(target: Path, sound: bytes) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    draft = target.with_suffix(".new")
    draft.write_bytes(sound)
    draft.replace(target)
