"""Names are Vietnamese, in one normal form, and different."""

from __future__ import annotations

from collections import Counter

import numpy as np

from chot.core.text import normal
from chot.demo.names import full_names


def test_names_are_different_and_in_nfc() -> None:
    names = full_names(np.random.default_rng(1), 3000)
    assert len(set(names)) == 3000
    assert all(name == normal(name) and len(name.split()) >= 3 for name in names)


def test_every_third_person_is_a_nguyen() -> None:
    families = Counter(name.split()[0] for name in full_names(np.random.default_rng(2), 400))
    assert families.most_common(1)[0][0] == "Nguyễn"
    assert 0.3 < families["Nguyễn"] / 400 < 0.46
