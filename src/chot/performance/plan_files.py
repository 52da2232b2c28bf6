"""An uploaded plan: its document, alone or with the target files that it names, each by itself or packed in a ZIP."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator, Sequence
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext as _

LARGEST = 1_000_000  # bytes of a document
TARGETS = 5_000_000  # bytes of all files
FILES = 20


class NotReadableError(ValueError):
    """The files hold no plan that can be read."""


def read(files: Sequence[UploadedFile[Any]]) -> tuple[str, dict[str, str]]:
    """The document and the other files by name. Raises ``NotReadableError``."""
    texts = {name: _decoded(content) for name, content in _contents(files)}
    documents = [name for name in texts if name.lower().endswith((".yaml", ".yml"))] or (list(texts) if len(texts) == 1 else [])
    if len(documents) != 1:
        raise NotReadableError(_("Choose one YAML file, and beside it the CSV files of targets that it names."))
    text = texts.pop(documents[0])
    if len(text.encode()) > LARGEST:
        raise NotReadableError(_("The file is larger than a plan may be (1 MB)."))
    return text, texts


def _contents(files: Sequence[UploadedFile[Any]]) -> Iterator[tuple[str, bytes]]:
    if len(files) > FILES or sum(file.size or 0 for file in files) > TARGETS:
        raise NotReadableError(_("The files are larger than 5 MB together, or too many."))
    for file in files:
        content = bytes(file.read())
        if content[:4] == b"PK\x03\x04":
            yield from _unpacked(content)
        else:
            yield (file.name or "").rpartition("/")[2], content


def _unpacked(content: bytes) -> Iterator[tuple[str, bytes]]:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            parts = [part for part in archive.infolist() if not part.is_dir()]
            if len(parts) > FILES or sum(part.file_size for part in parts) > TARGETS:
                raise NotReadableError(_("The files are larger than 5 MB together, or too many."))
            for part in parts:
                yield part.filename.rpartition("/")[2], archive.read(part)
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError):
        raise NotReadableError(_("The ZIP file cannot be read.")) from None


def _decoded(content: bytes) -> str:
    try:
        return content.decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError:
        raise NotReadableError(_("The file is no UTF-8 text. Save it as UTF-8 and try again.")) from None
