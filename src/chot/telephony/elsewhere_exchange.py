"""The exchange of a node whose Asterisk somebody else starts: checked, written for, asked to reload; never started or stopped."""

from __future__ import annotations

import asyncio

import aiohttp
import structlog

from chot.core.errors import InputError, Problem
from chot.telephony import elsewhere, elsewhere_checks
from chot.telephony.configuration import Configuration, save
from chot.telephony.elsewhere_checks import Refused
from chot.telephony.exchange import Exchange

log = structlog.get_logger()
_RELOADED = ("pbx_config.so", "res_pjsip.so")
_IN_FORCE_S = 2.0


class FarExchange:
    """An Asterisk elsewhere, with the face of ``Exchange``."""

    elsewhere = True
    pid: int | None = None

    def __init__(self, configuration: Configuration, node: str) -> None:
        self.configuration = configuration
        self.node = node
        self.version = ""
        self.started = asyncio.Event()
        """Set once it was found to have everything; its end is seen by whoever is connected."""
        self.waits = ""
        """The file that its administrator has to take over; empty while ours is in force."""

    async def start(self) -> bool:
        """Look whether it has what it needs, after writing that. Raises ``InputError`` with everything it lacks."""
        await self.check(self.configuration)
        self.started.set()
        log.info("exchange elsewhere", ari=self.configuration.ari, version=self.version)
        return True

    async def check(self, made: Configuration) -> None:
        """Write what belongs to it, let it be reloaded, and look. Raises ``InputError``."""
        await asyncio.to_thread(elsewhere.write, made, self.node)
        self.version, problem = await elsewhere_checks.reached(made)
        if problem:
            raise InputError(problem)
        try:
            problems = [await elsewhere_checks.missing_modules(made)]
            await self._reload(made)
            problems.append(await elsewhere_checks.dialplan(made))
            self.waits = await self._waits(made)
        except (Refused, aiohttp.ClientError, OSError, TimeoutError) as error:
            what = f"it stopped answering while it was looked at ({str(error) or type(error).__name__})"
            raise InputError(Problem(file=made.ari, what=what, fix="Is it starting? Try again.")) from None
        if found := [each for each in problems if each]:
            raise InputError(found)

    async def watch(self) -> None:
        """Nothing to watch over: its administrator does."""
        await asyncio.Event().wait()

    async def apply(self, configuration: Configuration) -> str:
        """Write ``configuration`` and let Asterisk read it; what is left to be done, else nothing."""
        self.configuration = configuration
        save(configuration)
        await asyncio.to_thread(elsewhere.write, configuration, self.node)
        try:
            await self._reload(configuration)
            self.waits = await self._waits(configuration)
        except (Refused, aiohttp.ClientError, OSError, TimeoutError) as error:
            log.warning("exchange elsewhere not reloaded", reason=str(error))
            self.waits = self._file(configuration)
        return f"its administrator takes over {self.waits}" if self.waits else ""

    async def taken_over(self) -> bool:
        """Whether what was written last is in force now."""
        try:
            self.waits = await self._waits(self.configuration, patience_s=0)
        except (aiohttp.ClientError, OSError, TimeoutError):
            return False
        return not self.waits

    async def console(self, command: str) -> str:
        """Its console cannot be reached over ARI."""
        return ""

    async def stop(self, *, leave_running: bool = False) -> None:
        """Let go of it; calls go on."""
        self.started.clear()

    async def _reload(self, made: Configuration) -> None:
        for module in _RELOADED:
            try:
                await elsewhere_checks.ask(made, "PUT", f"asterisk/modules/{module}")
            except Refused as error:
                log.warning("module not reloaded", module=module, status=error.status)

    async def _waits(self, made: Configuration, patience_s: float = _IN_FORCE_S) -> str:
        """Asterisk reloads in the background, so its endpoint is looked for during a moment."""
        until = asyncio.get_running_loop().time() + patience_s
        while True:
            try:
                await elsewhere_checks.ask(made, "GET", f"endpoints/PJSIP/{elsewhere.mark(made)}")
            except Refused:
                if asyncio.get_running_loop().time() >= until:
                    return self._file(made)
                await asyncio.sleep(0.1)
            else:
                return ""

    def _file(self, made: Configuration) -> str:
        return made.seen(made.recordings.parent / "etc" / elsewhere.PJSIP)


Driven = Exchange | FarExchange
"""What a node drives."""
