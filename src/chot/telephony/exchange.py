"""One Asterisk process: started, watched, restarted with patience, adopted after a restart of our own, stopped clean."""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import os
import signal
from pathlib import Path
from typing import Any

import aiohttp
import structlog

from chot.core.errors import InputError, Problem
from chot.telephony import writing
from chot.telephony.configuration import APP, Configuration, save
from chot.telephony.installation import Installation

log = structlog.get_logger()
_START_S = 30.0
_STOP_S = 8.0
_HEALTH_S = 2.0
_SOCKET_LONGEST = 100  # a path of a unix socket has 108 bytes, with its end


class Exchange:
    """Asterisk under our care. Use ``start``, ``watch`` (for ever), ``apply`` and ``stop``; one per ``home`` at a time."""

    elsewhere = False
    waits = ""

    def __init__(self, configuration: Configuration, installation: Installation) -> None:
        self.configuration = configuration
        self.installation = installation
        self.version = installation.version
        self.started = asyncio.Event()
        """Set while Asterisk answers."""
        self._process: asyncio.subprocess.Process | None = None
        self._lock: int | None = None
        self._stopping = False
        self._launching = asyncio.Lock()
        self._running_transports = ""

    async def start(self) -> bool:
        """Bring Asterisk up, or adopt the one that a killed predecessor left running; True when it was adopted.

        Raises ``InputError`` when another process cares for this home, or when Asterisk does not come up.
        """
        self._hold_lock()
        kept = self.configuration.home / "etc" / "pjsip.conf"
        if self._pid() and kept.is_file() and await self.healthy():
            self._running_transports = _transports_in(kept.read_text())
            await self.apply(self.configuration)
            self.started.set()
            log.info("exchange adopted", pid=self._pid())
            return True
        await self._launch()
        return False

    async def watch(self) -> None:
        """Restart Asterisk whenever it dies, waiting longer after each failure; ends with ``stop``."""
        wait_s = 0.5
        while not self._stopping:
            await asyncio.sleep(0.2)
            if self._stopping:
                return
            if self._pid():
                wait_s = 0.5
                continue
            self.started.clear()
            log.error("exchange died", code=self._process.returncode if self._process else None)
            try:
                await self._launch()
            except InputError as error:
                log.error("exchange does not start", reason=str(error), again_in_s=wait_s)
                await asyncio.sleep(wait_s)
                wait_s = min(wait_s * 2, 30.0)

    async def check(self, made: Configuration) -> None:
        """Nothing to look for: it was started with everything."""

    async def apply(self, configuration: Configuration) -> str:
        """Bring ``configuration`` into force without touching calls; what is left to be done, else nothing."""
        self.configuration = configuration
        save(configuration)
        writing.write(configuration, self.installation)
        for module in ("pbx_config.so", "res_pjsip.so", "res_musiconhold.so"):
            await self._ask("PUT", f"asterisk/modules/{module}")
        same = writing.transports(configuration).strip() == self._running_transports.strip()
        return "" if same else "restart the exchange for its addresses"

    async def console(self, command: str) -> str:
        """What Asterisk's console answers."""
        config = str(self.configuration.home / "etc" / "asterisk.conf")
        asked = await asyncio.create_subprocess_exec(
            *self.installation.command("-C", config, "-rx", command), stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL,
        )  # fmt: skip
        try:
            async with asyncio.timeout(_HEALTH_S * 2):
                said, _ = await asked.communicate()
        finally:
            if asked.returncode is None:
                asked.kill()
        return said.decode(errors="replace")

    async def healthy(self) -> bool:
        """Whether Asterisk answers within two seconds."""
        try:
            info = await self._ask("GET", "asterisk/info")
        except (aiohttp.ClientError, TimeoutError, OSError):
            return False
        return isinstance(info, dict) and "system" in info

    async def stop(self, *, leave_running: bool = False) -> None:
        """Hang up what is left and end Asterisk; ``leave_running`` only lets go of it, for a successor to adopt."""
        self._stopping = True
        self.started.clear()
        async with self._launching:  # one that is just being started is waited for, and then ended
            pass
        if not leave_running and (pid := self._pid()):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGTERM)
            if not await self._gone_within(_STOP_S):
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
                await self._gone_within(_STOP_S)
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None

    @property
    def pid(self) -> int | None:
        """Asterisk's process id while it lives."""
        return self._pid()

    def _hold_lock(self) -> None:
        home = self.configuration.home
        home.mkdir(parents=True, exist_ok=True)
        if len(str(home / "run" / "asterisk.ctl").encode()) > _SOCKET_LONGEST:
            raise InputError(Problem(file=str(home), what="this path is too long for Asterisk's socket", fix="Choose a shorter --var DIR."))
        if self._lock is None:
            self._lock = os.open(home / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(self._lock)
            self._lock = None
            what = "another process already drives the exchange of this folder"
            raise InputError(Problem(file=str(home), what=what, fix="Stop it first, or choose another --var DIR.")) from None

    async def _launch(self) -> None:
        async with self._launching:
            if not self._stopping:
                await self._launch_now()

    async def _launch_now(self) -> None:
        save(self.configuration)
        config = writing.write(self.configuration, self.installation)
        self._running_transports = writing.transports(self.configuration)
        output = os.open(self.configuration.home / "log" / "asterisk.out", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        try:
            self._process = await asyncio.create_subprocess_exec(
                *self.installation.command("-C", str(config), "-f", "-g"),
                stdin=asyncio.subprocess.DEVNULL, stdout=output, stderr=output, start_new_session=True, cwd=self.configuration.home,
            )  # fmt: skip
        finally:
            os.close(output)
        deadline = asyncio.get_running_loop().time() + _START_S
        while asyncio.get_running_loop().time() < deadline:
            if self._process.returncode is not None:
                break
            if await self.healthy():
                self.started.set()
                log.info("exchange started", pid=self._process.pid, version=self.installation.version)
                return
            await asyncio.sleep(0.05)
        raise InputError(Problem(file=str(self.configuration.home / "log"), what=f"Asterisk does not start: {self._last_words()}"))

    def _pid(self) -> int | None:
        """The process id of a living Asterisk of this home, ours or a predecessor's."""
        if self._process and self._process.returncode is None:
            return self._process.pid
        try:
            pid = int((self.configuration.home / "run" / "asterisk.pid").read_text())
            command = Path(f"/proc/{pid}/cmdline").read_bytes()
        except (OSError, ValueError):
            return None
        return pid if str(self.configuration.home / "etc" / "asterisk.conf").encode() in command.split(b"\0") else None

    async def _gone_within(self, seconds: float) -> bool:
        for _ in range(int(seconds / 0.05)):
            if not self._pid():
                return True
            await asyncio.sleep(0.05)
        return not self._pid()

    async def _ask(self, method: str, path: str) -> Any:
        headers = {"Authorization": aiohttp.encode_basic_auth(APP, self.configuration.ari_password)}
        timeout = aiohttp.ClientTimeout(total=_HEALTH_S)
        url = f"{self.configuration.ari}/{path}"
        async with aiohttp.ClientSession(headers=headers, timeout=timeout) as session, session.request(method, url) as response:
            return await response.json() if response.status == 200 else None

    def _last_words(self) -> str:
        try:
            lines = (self.configuration.home / "log" / "asterisk.out").read_text(errors="replace").splitlines()
        except OSError:
            return "no output"
        return "; ".join(line for line in lines[-3:] if line.strip()) or "no output"


async def run_alone(exchange: Exchange) -> None:
    """Run an exchange that nobody drives until Ctrl-C or SIGTERM."""
    stopped = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stopped.set)
    await exchange.start()
    watching = asyncio.create_task(exchange.watch())
    await stopped.wait()
    await exchange.stop()
    await asyncio.gather(watching, return_exceptions=True)


def _transports_in(text: str) -> str:
    """The transports of a pjsip.conf that was written before."""
    begin = text.find("[udp]")
    end = text.find("bind=127.0.0.1\n", begin)
    return text[begin : end + len("bind=127.0.0.1\n")] if begin >= 0 and end >= 0 else ""
