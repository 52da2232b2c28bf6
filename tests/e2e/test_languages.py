"""The check that pages speak one language finds what it is there for."""

from __future__ import annotations

import pytest

from tests.e2e.languages import foreign, said


@pytest.mark.parametrize(
    ("text", "language", "found"),
    [
        ("Sign out", "vi", True), ("Đăng xuất", "en", True), ("Sign out", "en", False), ("Đăng xuất", "vi", False),
        ("Question about pay", "vi", True), ("3 waiting", "en", False), ("the computation says nothing of that", "vi", True),
        ("Paid with October 2026 beside the KPI lines, once a second person has approved it.", "vi", True),
        ("Phạm Thu Hà", "en", False), ("KPI", "vi", False), ("a05 · t9", "vi", False), ("Mỗi khách cũ một cuộc gọi", "en", False),
    ],
)  # fmt: skip
def test_words_of_the_other_language_are_found(text: str, language: str, found: bool) -> None:
    assert bool(foreign([text], language)) is found


def test_a_message_with_values_is_found_by_its_sentence() -> None:
    told = said("This first password was valid until %(until)s. Ask an administrator for a new one.", "vi", until="10/11/2026")
    assert foreign([told], "en") == [told] and foreign([told], "vi") == []
