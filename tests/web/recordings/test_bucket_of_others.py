"""Recordings in a store by other hands, which looks at every signature: rclone's own S3 server, over HTTP."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from django.test import Client

from chot.recordings import actions_delete, actions_upload, bucket, storage
from chot.recordings.bucket import AbsentError, Bucket, BucketError
from chot.recordings.models import Recording
from tests.web.recordings.test_bucket import KEYS

pytestmark = pytest.mark.django_db
ODD = ["2026/11/a b+c=d&e%20f.sealed", "2026/11/Ghi âm Đặng #1?.sealed", "2026/11/x~'()*!@,;:$.sealed"]


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bucket]:
    folder = tmp_path_factory.mktemp("store")
    (folder / KEYS["CHOT_S3_BUCKET"]).mkdir()
    program = shutil.which("rclone", path=str(Path(sys.executable).parent))
    assert program, "requirements/test.txt brings it"
    keys = f"{KEYS['CHOT_S3_ACCESS_KEY']},{KEYS['CHOT_S3_SECRET_KEY']}"
    command = [program, "serve", "s3", "--config", "/dev/null", "--auth-key", keys, "--addr", "127.0.0.1:0", str(folder)]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as running:
        assert running.stderr
        said = next(line for line in running.stderr if "Starting s3 server on" in line)
        address = said.partition("[")[2].partition("]")[0].rstrip("/")
        yield Bucket(
            endpoint=address, name=KEYS["CHOT_S3_BUCKET"], region=KEYS["CHOT_S3_REGION"], access_key=KEYS["CHOT_S3_ACCESS_KEY"],
            secret_key=KEYS["CHOT_S3_SECRET_KEY"],
        )  # fmt: skip
        running.terminate()


@pytest.mark.parametrize("key", ["2026/11/c1.sealed", *ODD])
def test_stored_read_in_parts_and_deleted_under_any_name(store: Bucket, key: str) -> None:
    data = bytes(range(256)) * 1000
    store.keep(key, data)
    store.keep(key, data)
    assert store.size(key) == len(data)
    assert [store.part(key, 0, 4), store.part(key, 70_000, 5), store.part(key, 255_998, 9)] == [data[:4], data[70_000:70_005], data[-2:]]
    store.remove(key)
    store.remove(key)
    for look in (lambda: store.part(key, 0, 1), lambda: store.size(key)):
        with pytest.raises(AbsentError, match="NoSuchKey"):
            look()
    assert not list(bucket._client(store).list_objects(store.name, recursive=True))


@pytest.mark.parametrize("wrong", [{"secret_key": "another-secret"}, {"access_key": "nobody"}])
def test_a_signature_that_is_not_ours_is_refused(store: Bucket, wrong: dict[str, str]) -> None:
    store.keep("there", b"sealed")
    other = replace(store, **wrong)
    asked = (lambda: other.keep("k", b"x"), lambda: other.part("there", 0, 1), lambda: other.remove("there"), lambda: other.size("there"))
    said = []
    for each in asked:
        with pytest.raises(BucketError) as refused:
            each()
        said.append(str(refused.value).rpartition(": ")[2])
    code = "SignatureDoesNotMatch" if "secret_key" in wrong else "InvalidAccessKeyId"
    assert said == [code, code, code, "AccessDenied"], "HEAD has no text"
    assert store.part("there", 0, 9) == b"sealed"
    store.remove("there")


def test_a_bucket_that_is_not_there(store: Bucket) -> None:
    with pytest.raises(BucketError, match="storing k: NoSuchBucket"):
        replace(store, name="khong-co").keep("k", b"x")


def test_a_recording_moves_there_and_is_heard_in_parts(
    store: Bucket, kept: Callable[..., Recording], sign_in: Callable[[str], Client], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for name, value in {**KEYS, "CHOT_S3_ENDPOINT": store.endpoint}.items():
        monkeypatch.setenv(name, value)
    row = kept("c1", seconds=20.0)
    whole = storage.read(row, 0, row.size)
    assert (actions_upload.upload_kept(), actions_upload.remove_uploaded()) == (1, 1)
    assert not list((tmp_path / "recordings").rglob("*.sealed"))
    client = sign_in("manager")
    answer = client.get("/recordings/c1/sound", headers={"range": "bytes=70000-70009"})
    assert (answer.status_code, answer.content) == (206, whole[70000:70010])
    assert client.get("/recordings/c1/file").content == whole
    store.remove(row.path)
    assert client.get("/recordings/c1/sound").status_code == 503 and "NoSuchKey" in client.get("/recordings/c1").content.decode()
    row.refresh_from_db()
    actions_delete.forget([row])
    assert actions_delete.remove_files() == 1 and Recording.objects.get().path == "", "what is not there is deleted"
