"""Recordings in a bucket, over HTTP to a server that speaks S3: stored, read in parts, deleted; cut off, missing, refused."""

from __future__ import annotations

import io
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
from django.test import Client
from moto.server import ThreadedMotoServer

from chot.calls.models import TelephonyJournal
from chot.recordings import actions_delete, actions_keep, actions_upload, bucket, storage
from chot.recordings.actions_message import conversations
from chot.recordings.bucket import Bucket
from chot.recordings.models import Recording
from chot.web import deploy_bucket
from tests.web.recordings.conftest import BEGAN

pytestmark = pytest.mark.django_db
Kept = Callable[..., Recording]
KEYS = {"CHOT_S3_BUCKET": "ghi-am", "CHOT_S3_REGION": "ap-southeast-1", "CHOT_S3_ACCESS_KEY": "chot", "CHOT_S3_SECRET_KEY": "secret-of-the-bucket"}


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    running = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    running.start()
    host, port = running.get_host_and_port()
    yield f"http://{host}:{port}"
    running.stop()


@pytest.fixture
def store(server: str, monkeypatch: pytest.MonkeyPatch) -> Bucket:
    """The bucket of this installation, empty."""
    _ask(server, "reset-auth", b"1000000")
    _ask(server, "reset")
    for name, value in {**KEYS, "CHOT_S3_ENDPOINT": server}.items():
        monkeypatch.setenv(name, value)
    made = bucket.configured()
    assert made is not None
    bucket._client(made).make_bucket(made.name)
    return made


def _ask(server: str, what: str, data: bytes = b"") -> None:
    headers = {"Content-Type": "application/octet-stream"}
    urllib.request.urlopen(urllib.request.Request(f"{server}/moto-api/{what}", data=data, headers=headers)).close()


def lying(store: Bucket) -> list[str]:
    return sorted(str(each.object_name) for each in bucket._client(store).list_objects(store.name, recursive=True))


def test_it_leaves_the_disk_when_the_bucket_has_it_and_is_heard_in_parts(
    store: Bucket, kept: Kept, sign_in: Callable[[str], Client], tmp_path: Path
) -> None:  # fmt: skip
    row = kept("c1", seconds=20.0)
    sealed = (tmp_path / "recordings" / row.path).read_bytes()
    whole = storage.read(row, 0, row.size)
    assert (actions_upload.upload_kept(), actions_upload.upload_kept(), actions_upload.remove_uploaded()) == (1, 0, 1)
    row.refresh_from_db()
    assert row.remote_at and not row.local and not list((tmp_path / "recordings").rglob("*.sealed"))
    assert lying(store) == [row.path] and store.part(row.path, 0, len(sealed) + 9) == sealed and b"fLaC" not in sealed
    client = sign_in("manager")
    for asked, first, last in (("bytes=0-", 0, row.size), ("bytes=70000-70009", 70000, 70010), ("bytes=-5", -5, None)):
        answer = client.get("/recordings/c1/sound", headers={"range": asked})
        assert (answer.status_code, answer.content) == (206, whole[first:last])
    assert client.get("/recordings/c1/file").content == whole and list(deploy_bucket.findings()) == [_plain()]
    Recording.objects.update(delete_after="2026-01-01")
    assert actions_delete.purge_due() == 1 and actions_delete.remove_files() == 1
    assert lying(store) == [] and Recording.objects.get().path == ""


def _plain() -> Any:
    from chot.core.errors import Problem

    what = "recordings travel over plain HTTP (sealed, but their names are seen)"
    return Problem(field="CHOT_S3_ENDPOINT", what=what, fix="Use https://.")


class Killed(BaseException):
    """The process ends."""


@pytest.mark.parametrize("step", ["save", "unlink"])
def test_killed_between_the_object_and_the_row_or_the_disk(store: Bucket, kept: Kept, monkeypatch: pytest.MonkeyPatch, step: str) -> None:
    row = kept("c1")
    whole = storage.read(row, 0, row.size)

    def die(*_given: Any, **_named: Any) -> None:
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(*((Recording, "save", die) if step == "save" else (Path, "unlink", die)))
        if step == "unlink":
            actions_upload.upload_kept()
        with pytest.raises(Killed):
            (actions_upload.upload_kept if step == "save" else actions_upload.remove_uploaded)()
    row.refresh_from_db()
    assert lying(store) == [row.path] and row.local and (row.remote_at is None) == (step == "save")
    assert storage.read(row, 0, row.size) == whole
    assert (actions_upload.upload_kept(), actions_upload.remove_uploaded()) == (int(step == "save"), 1)
    row.refresh_from_db()
    assert storage.read(row, 0, row.size) == whole and lying(store) == [row.path]


def test_a_message_that_is_kept_alone_takes_the_place_of_its_object(store: Bucket, kept: Kept) -> None:
    payload = {"call_id": "c1", "agents": ["a02"], "message_from_s": 4, "message_s": 1}
    TelephonyJournal.objects.create(node="n1", call_id="c1", kind="call_ended", payload=payload, at=BEGAN)
    whole = kept("c1", seconds=10.0)
    assert (actions_upload.upload_kept(), actions_upload.remove_uploaded()) == (1, 1)
    assert conversations(Recording.objects.all()) == []
    assert (actions_keep.keep_waiting(), actions_upload.upload_kept(), actions_delete.remove_files(), actions_upload.remove_uploaded()) == (1, 1, 1, 1)
    row = Recording.objects.get()
    assert row.path != whole.path and lying(store) == [row.path] and not list(storage.folder().rglob("*.sealed"))
    sound, rate = soundfile.read(io.BytesIO(storage.read(row, 0, row.size)), dtype="int16")
    assert [int(each) // rate for each in np.flatnonzero(sound.any(axis=1))[[0, -1]]] == [4, 6]


def test_deleted_after_a_cut_off_upload_the_object_goes_too(store: Bucket, kept: Kept) -> None:
    row = kept("c1")
    store.keep(row.path, b"what was being stored")
    actions_delete.forget([row])
    assert actions_delete.remove_files() == 1 and lying(store) == []


def test_a_bucket_that_gives_back_something_else_is_not_believed(store: Bucket, kept: Kept, monkeypatch: pytest.MonkeyPatch) -> None:
    kept("c1")
    monkeypatch.setattr(Bucket, "part", lambda *_given: b"other")
    assert (actions_upload.upload_kept(), actions_upload.remove_uploaded()) == (0, 0)
    row = Recording.objects.get()
    assert row.local and row.remote_at is None and "not what was stored" in row.remote_problem


def test_a_missing_object_is_told_and_comes_back(store: Bucket, kept: Kept, sign_in: Callable[[str], Client]) -> None:
    row = kept("c1")
    actions_upload.upload_kept()
    actions_upload.remove_uploaded()
    sealed = store.part(row.path, 0, 1_000_000)
    store.remove(row.path)
    client = sign_in("manager")
    assert client.get("/recordings/c1/sound").status_code == 503
    assert "NoSuchKey" in client.get("/recordings/c1").content.decode()
    told = [each.what for each in deploy_bucket.findings()]
    assert "recordings are not in the bucket: c1" in told and Recording.objects.get().state == "kept"
    bucket._client(store).put_object(store.name, row.path, io.BytesIO(sealed), len(sealed))
    assert client.get("/recordings/c1/sound").status_code == 200
    assert Recording.objects.get().remote_problem == ""


def test_wrong_keys_and_no_server_lose_nothing(server: str, store: Bucket, kept: Kept, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    row = kept("c1")
    _ask(server, "reset-auth", b"0")  # from here on keys are looked at, and ours are of nobody
    assert (actions_upload.upload_kept(), actions_upload.remove_uploaded()) == (0, 0)
    row.refresh_from_db()
    assert "InvalidAccessKeyId" in row.remote_problem and KEYS["CHOT_S3_SECRET_KEY"] not in row.remote_problem
    assert "cannot be used" in list(deploy_bucket.findings())[-1].what
    monkeypatch.setenv("CHOT_S3_ENDPOINT", "http://127.0.0.1:9")
    assert actions_upload.upload_kept() == 0 and storage.read(row, 0, 4) == b"fLaC"
    monkeypatch.delenv("CHOT_S3_BUCKET")
    Recording.objects.update(remote_at=row.noted_at)
    assert [each.field for each in deploy_bucket.findings()] == ["CHOT_S3_BUCKET"]
    actions_delete.forget(list(Recording.objects.all()))
    assert actions_delete.remove_files() == 0 and Recording.objects.get().path, "it is tried again when the bucket is set"
    assert not (tmp_path / "recordings" / row.path).exists()
    assert actions_keep.keep_waiting() == 0
