"""Whether an Asterisk that Chốt does not start has what Chốt needs; what it lacks, in words for its administrator."""

from __future__ import annotations

import asyncio
from typing import Any

import aiohttp

from chot.core.errors import Problem
from chot.telephony import debian, elsewhere, writing
from chot.telephony.configuration import Configuration

_ANSWER_S = 5.0
_WRITTEN_S = 2.0
_OPTIONAL = {"codec_opus_open_source", "res_format_attr_opus", "codec_gsm", "format_gsm", "res_audiosocket", "chan_audiosocket",
             "app_audiosocket", "chan_websocket", "res_websocket_client", "app_amd", "res_curl", "res_pjsip_logger", "res_ari_model",
             "res_sorcery_astdb", "res_sorcery_memory", "res_timing_timerfd", "chan_rtp", "res_rtp_multicast"}  # fmt: skip
"""What calls go without; everything else of ``writing.MODULES`` must run."""


class Refused(Exception):
    """ARI's answer to a request, when it is not what was asked for."""

    def __init__(self, status: int) -> None:
        super().__init__(str(status))
        self.status = status


async def ask(made: Configuration, method: str, path: str, **query: str) -> Any:
    """One request over HTTP. Raises ``Refused``, or what aiohttp raises when nobody answers."""
    headers = {"Authorization": aiohttp.encode_basic_auth(made.ari_user, made.ari_password)}
    timeout = aiohttp.ClientTimeout(total=_ANSWER_S)
    async with (
        aiohttp.ClientSession(headers=headers, timeout=timeout) as session,
        session.request(method, f"{made.ari}/{path}", params=query) as answer,
    ):
        if answer.status >= 400:
            raise Refused(answer.status)
        return await answer.json() if answer.status == 200 else None


async def reached(made: Configuration) -> tuple[str, Problem | None]:
    """The version of the Asterisk that answers, or why none does."""
    try:
        info = await ask(made, "GET", "asterisk/info")
    except Refused as error:
        return "", _refusal(made, error.status)
    except (aiohttp.ClientError, OSError, TimeoutError) as error:
        fix = "Is it running? http.conf needs enabled=yes and a bindaddr that this machine reaches; look at firewalls, too."
        return "", Problem(file=made.ari, what=f"no Asterisk answers ({str(error) or type(error).__name__})", fix=fix)
    version = str(info["system"]["version"])
    if debian.major(version) < debian.LEAST:
        return version, Problem(file=made.ari, what=f"this is Asterisk {version}", fix=f"Chốt needs {debian.LEAST} or later.")
    return version, None


def _refusal(made: Configuration, status: int) -> Problem:
    if status in (401, 403):
        what = f"it refuses the user {made.ari_user}: the password is wrong, or there is no such user"
        line = elsewhere.include(made, elsewhere.USER)
        fix = f"ari.conf needs {line}, or set CHOT_ASTERISK_USER and CHOT_ASTERISK_PASSWORD to what it has."
        return Problem(file=made.ari, what=what, fix=fix)
    fix = "The address ends with the prefix of http.conf and /ari; ari.conf needs enabled=yes, and res_ari must be loaded."
    return Problem(file=made.ari, what=f"there is no ARI at this address ({status})", fix=fix)


async def missing_modules(made: Configuration) -> Problem | None:
    """Modules that calls need and that do not run."""
    found = {str(each["name"]).removesuffix(".so") for each in await ask(made, "GET", "asterisk/modules") if each["status"] == "Running"}
    lacking = [name for name in writing.MODULES if name not in found and name not in _OPTIONAL]
    if not lacking:
        return None
    fix = "Load them: a line load=NAME.so in modules.conf for each, or autoload=yes; then start Asterisk again."
    return Problem(file=made.ari, what=f"modules are not loaded: {', '.join(lacking)}", fix=fix)


async def dialplan(made: Configuration) -> Problem | None:
    """Whether our contexts are there as they are now, and what Asterisk writes appears here: asked by running one of them."""
    file = elsewhere.check_file(made)
    try:
        await asyncio.to_thread(file.unlink, missing_ok=True)
        await ask(made, "POST", "asterisk/variable", variable="CHOT_DIALPLAN", value="none")
        await ask(made, "POST", "channels", endpoint="Local/s@chot-check/n", context="chot-check", extension="s", priority="1")
    except Refused as error:
        if error.status == 403:
            return Problem(file=made.ari, what=f"the user {made.ari_user} may only read", fix="ari.conf: read_only=no.")
    except OSError as error:
        return Problem(file=str(file), what=f"the shared folder cannot be written ({error.strerror})", fix="Let this user write there.")
    found = await _said(made)
    if found == "none":
        fix = f"extensions.conf needs {elsewhere.include(made, elsewhere.EXTENSIONS)}; then: dialplan reload."
        return Problem(file=made.ari, what="the dialplan has no context chot-check", fix=fix)
    if found != elsewhere.plan(made):
        fix = f"Take over {made.seen(made.recordings.parent / 'etc' / elsewhere.EXTENSIONS)} once more; then: dialplan reload."
        return Problem(file=made.ari, what="the dialplan is that of an earlier version, or of another folder", fix=fix)
    return await _written(made)


async def _said(made: Configuration) -> str:
    """What the variable says once the context has run."""
    for _ in range(int(_WRITTEN_S / 0.1)):
        value = str((await ask(made, "GET", "asterisk/variable", variable="CHOT_DIALPLAN"))["value"])
        if value != "none":
            return value
        await asyncio.sleep(0.1)
    return "none"


async def _written(made: Configuration) -> Problem | None:
    file = elsewhere.check_file(made)
    for _ in range(int(_WRITTEN_S / 0.1)):
        if file.is_file():
            file.unlink()
            return None
        await asyncio.sleep(0.1)
    what = f"what Asterisk writes to {made.seen(made.recordings)} does not appear here"
    fix = "Share the folder with its machine (CHOT_ASTERISK_FOLDER_THERE is what it is called there), and let Asterisk write to it."
    return Problem(file=str(made.recordings), what=what, fix=fix)
