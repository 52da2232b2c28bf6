"""Recovery codes: each opens one sign-in when the phone with the app is lost. Only keyed hashes are kept."""

from __future__ import annotations

import re
import secrets

from django.db import transaction
from django.utils.crypto import salted_hmac

from chot.core import clock
from chot.people.actions_accounts import LETTERS
from chot.people.audit import record
from chot.people.models import RecoveryCode, User

CODES = 10
_CODE = re.compile(r"[a-z0-9]{10}")


def written(text: str) -> str:
    """A code as it is compared, however it was typed; empty when it cannot be one.

    >>> written("ABCDE-fgh23"), written("123456")
    ('abcdefgh23', '')
    """
    bare = re.sub(r"[\s-]", "", text).lower()
    return bare if _CODE.fullmatch(bare) else ""


def _hash(user: User, code: str) -> str:
    return salted_hmac("chot.recovery", f"{user.pk}:{code}", algorithm="sha256").hexdigest()


@transaction.atomic
def new_codes(user: User, *, address: str | None) -> list[str]:
    """Ten new codes, to be shown once; the former ones open nothing any more."""
    User.objects.select_for_update().get(pk=user.pk)
    RecoveryCode.objects.filter(user=user).delete()
    codes = ["".join(secrets.choice(LETTERS) for _place in range(10)) for _code in range(CODES)]
    RecoveryCode.objects.bulk_create(RecoveryCode(user=user, code_hash=_hash(user, code)) for code in codes)
    record("recovery.made", f"user:{user.username}", by=user, address=address, after={"codes": CODES})
    return [f"{code[:5]}-{code[5:]}" for code in codes]


@transaction.atomic
def use_code(user: User, text: str, *, address: str | None) -> bool:
    """Whether the code opens a sign-in; it never does so again, not even at the same moment."""
    code = written(text)
    mine = RecoveryCode.objects.filter(user=user, code_hash=_hash(user, code), used_at=None) if code else RecoveryCode.objects.none()
    if not mine.update(used_at=clock.now()):
        return False
    left = RecoveryCode.objects.filter(user=user, used_at=None).count()
    record("recovery.used", f"user:{user.username}", by=user, address=address, after={"left": left})
    return True
