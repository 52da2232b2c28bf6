"""A bucket of an S3-compatible store as the place of sealed recordings. What goes there is sealed already; nothing there is public."""

from __future__ import annotations

import hashlib
import io
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from urllib.parse import urlsplit

import urllib3
from minio import Minio
from minio.error import InvalidResponseError, MinioException, S3Error

from chot.core.errors import ChotError

_CONNECT_S, _READ_S = 5, 30
_ABSENT = ("NoSuchKey", "NoSuchObject")
_CODE = re.compile(r"<Code>(\w+)</Code>")
_STATUS = re.compile(r"Response code: (\d+)")


class BucketError(ChotError):
    """The store refuses, is not there, or does not hold what it should."""


class AbsentError(BucketError):
    """The store has no such object."""


@dataclass(frozen=True, kw_only=True)
class Bucket:
    """Where recordings lie: ``endpoint`` is ``https://HOST[:PORT]``."""

    endpoint: str
    name: str
    region: str
    access_key: str
    secret_key: str

    def keep(self, key: str, data: bytes) -> None:
        """Store an object, and read it back: other bytes than ``data`` are an error. The same again changes nothing."""
        with _told(f"storing {key}"):
            _client(self).put_object(self.name, key, io.BytesIO(data), len(data), content_type="application/octet-stream")
        found = self.part(key, 0, len(data) + 1)
        if hashlib.sha256(found).digest() != hashlib.sha256(data).digest():
            raise BucketError(f"storing {key}: what the bucket gives back is not what was stored")

    def part(self, key: str, start: int, length: int) -> bytes:
        """Bytes of an object from ``start`` on, fewer at its end."""
        with _told(f"reading {key}"):
            answer = _client(self).get_object(self.name, key, offset=start, length=length)
            try:
                return bytes(answer.read())
            finally:
                answer.close()
                answer.release_conn()

    def remove(self, key: str) -> None:
        """Delete an object; one that is not there is deleted."""
        with _told(f"deleting {key}"):
            _client(self).remove_object(self.name, key)

    def size(self, key: str) -> int:
        """The length of an object. Raises ``AbsentError``."""
        with _told(f"looking for {key}"):
            return int(_client(self).stat_object(self.name, key).size or 0)


def configured() -> Bucket | None:
    """The bucket that ``CHOT_S3_…`` name (docs/settings.md); None when recordings stay on the disk."""
    given = {name: os.environ.get(f"CHOT_S3_{name}", "").strip() for name in ("ENDPOINT", "BUCKET", "REGION", "ACCESS_KEY", "SECRET_KEY")}
    if not given["BUCKET"]:
        return None
    return Bucket(
        endpoint=given["ENDPOINT"], name=given["BUCKET"], region=given["REGION"] or "us-east-1", access_key=given["ACCESS_KEY"],
        secret_key=given["SECRET_KEY"],
    )  # fmt: skip


@cache
def _client(bucket: Bucket) -> Minio:
    """One client for each bucket: it keeps its connections."""
    at = urlsplit(bucket.endpoint)
    if at.scheme not in ("http", "https") or not at.netloc or at.path.strip("/"):
        raise BucketError(f"CHOT_S3_ENDPOINT: “{bucket.endpoint}” is no address; write https://HOST")
    pool = urllib3.PoolManager(timeout=urllib3.Timeout(connect=_CONNECT_S, read=_READ_S), retries=urllib3.Retry(total=1), maxsize=10)
    return Minio(
        endpoint=at.netloc, access_key=bucket.access_key, secret_key=bucket.secret_key, region=bucket.region, secure=at.scheme == "https",
        http_client=pool,
    )  # fmt: skip


@contextmanager
def _told(what: str) -> Iterator[None]:
    """What the store says in one form, without secrets."""
    try:
        yield
    except (S3Error, InvalidResponseError) as error:
        code = error.code if isinstance(error, S3Error) else _code(str(error))
        raise (AbsentError if code in _ABSENT else BucketError)(f"{what}: {code}") from None
    except (MinioException, urllib3.exceptions.HTTPError, OSError, ValueError) as error:
        raise BucketError(f"{what}: {type(error).__name__}") from None


def _code(said: str) -> str:
    """What went wrong, of an answer that the client takes for no XML: some stores call it ``text/xml``, a proxy sends a page.

    >>> _code("non-XML response from server; Response code: 404, Content-Type: text/xml, Body: <Error><Code>NoSuchKey</Code></Error>")
    'NoSuchKey'
    >>> _code("non-XML response from server; Response code: 502, Content-Type: text/html, Body: <html></html>")
    'HTTP 502'
    """
    named, status = _CODE.search(said), _STATUS.search(said)
    return named[1] if named else f"HTTP {status[1]}" if status else "InvalidResponseError"
