"""What callers hear, as files for Asterisk: texts are spoken once, prompts are fetched once from the database; both by their hash."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

import structlog

from chot.core import spoken
from chot.telephony.call_effects import Speak

log = structlog.get_logger()
SILENCE = "sound:beep"
"""What stands for a text that this machine cannot speak, and for a prompt that is gone."""


class Prompts:
    """The files in ``folder``; ``fetch(sha)`` gives the sound of a prompt, None when there is none; Asterisk calls a path ``seen``."""

    def __init__(self, folder: Path, fetch: Callable[[str], Awaitable[bytes | None]], seen: Callable[[Path], str] = str) -> None:
        self._folder, self.fetch, self._seen = folder, fetch, seen

    async def media(self, said: Speak) -> str:
        """What Asterisk is to play."""
        if said.sound:
            return f"sound:{said.sound}"
        name = said.prompt or spoken.name_of(said.text)
        path = self._folder / f"{name}.wav"
        if not path.is_file():
            sound = await self.fetch(said.prompt) if said.prompt else await asyncio.to_thread(spoken.spoken, said.text)
            if sound is None:
                log.warning("nothing to be heard", prompt=said.prompt, text=said.text[:60])
                return SILENCE
            await asyncio.to_thread(_keep, path, sound)
        return f"sound:{self._seen(path.with_suffix(''))}"


def _keep(path: Path, sound: bytes) -> None:
    """Whole or not at all, so that Asterisk never reads half a file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_suffix(".new")
    draft.write_bytes(sound)
    draft.replace(path)
