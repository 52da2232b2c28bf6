"""Files that come in to be looked at before they are written: kept for a day, each for whoever sent it."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

from django.conf import settings
from django.core import signing
from django.core.files.uploadedfile import UploadedFile
from django.http import Http404
from django.utils.translation import gettext as _

from chot.core import clock
from chot.core.errors import InputError, Problem
from chot.people.models import User
from chot.people.upload_checks import sniff

LARGEST = 10_000_000
_KEPT_S = 86_400


@dataclass(frozen=True, kw_only=True)
class KeptFiles:
    """Files of one purpose: ``name`` is that of each file, ``folder`` its place in VAR, ``salt`` parts its tokens from others."""

    name: str
    folder: str
    salt: str

    @property
    def _place(self) -> Path:
        return Path(settings.VAR) / self.folder

    def keep(self, file: UploadedFile[Any], user: User, **about: str) -> str:
        """Keep a file; the token that opens it, with ``about``. Raises ``InputError`` for a size or a kind that is refused."""
        if not 0 < (file.size or 0) <= LARGEST:
            raise InputError(Problem(field="file", what=_("the file is empty, or larger than 10 MB"), fix=_("Save the list alone.")))
        self._forget_old()
        folder = self._place / uuid4().hex
        folder.mkdir(parents=True, mode=0o700)
        try:
            raw = folder / "received"
            raw.write_bytes(b"".join(file.chunks()))
            name = Path(file.name or self.name).name[-80:]
            path = raw.rename(folder / f"{self.name}{sniff(raw, name)}")
        except BaseException:
            shutil.rmtree(folder, ignore_errors=True)
            raise
        told = {**about, "path": f"{folder.name}/{path.name}", "name": name, "user": user.pk}
        return signing.dumps(told, salt=self.salt, compress=True)

    def opened(self, token: str, user: User) -> tuple[Path, Mapping[str, str]]:
        """The file of a token, and what was told about it (``name`` too). Raises ``Http404`` for anybody else, and after a day."""
        try:
            about = signing.loads(token, salt=self.salt, max_age=_KEPT_S)
        except signing.BadSignature:
            raise Http404 from None
        path = self._place / about["path"]
        if about["user"] != user.pk or not path.is_file():
            raise Http404
        return path, about

    def _forget_old(self) -> None:
        oldest = (clock.instant() - timedelta(seconds=_KEPT_S)).timestamp()
        for folder in self._place.glob("*"):
            if folder.stat().st_mtime < oldest:
                shutil.rmtree(folder, ignore_errors=True)
