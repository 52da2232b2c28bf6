"""Vietnamese personal names, family name first, with the frequencies of real ones."""

from __future__ import annotations

import numpy as np

from chot.core.text import normal

# share of the population, per mille (Lê Trung Hoa, Họ và tên người Việt Nam, 2005; the rest left out)
_FAMILY = {
    "Nguyễn": 384, "Trần": 121, "Lê": 95, "Phạm": 70, "Hoàng": 51, "Phan": 45, "Vũ": 39, "Đặng": 21, "Bùi": 20, "Đỗ": 14,
    "Hồ": 13, "Ngô": 13, "Dương": 10, "Lý": 5, "Đinh": 5, "Trịnh": 5, "Lương": 5, "Đoàn": 5, "Mai": 4, "Tạ": 4,
}  # fmt: skip
_WOMEN_MIDDLE = ("Thị", "Thị", "Thị", "Thị Thu", "Thị Ngọc", "Thu", "Ngọc", "Thanh", "Phương", "Thùy", "Kim", "Bích", "Minh", "Khánh")
_WOMEN_GIVEN = (
    "Lan", "Hương", "Hoa", "Mai", "Linh", "Trang", "Hà", "Ngân", "Thảo", "Phương", "Yến", "Hạnh", "Nhung", "Quỳnh", "Anh",
    "Vân", "Loan", "Thúy", "Giang", "Oanh", "Trâm", "Diệp", "My", "Châu", "Hiền", "Huyền", "Dung", "Nga",
)  # fmt: skip
_MEN_MIDDLE = ("Văn", "Văn", "Văn", "Hữu", "Đức", "Quang", "Minh", "Xuân", "Công", "Thành", "Quốc", "Anh", "Đình", "Ngọc")
_MEN_GIVEN = (
    "Hùng", "Dũng", "Tuấn", "Nam", "Minh", "Long", "Hải", "Sơn", "Cường", "Đạt", "Kiên", "Thắng", "Phúc", "Huy", "Khoa",
    "Tùng", "Việt", "Bình", "Trung", "Toàn", "Quân", "Lâm", "Khánh", "Tiến",
)  # fmt: skip


def full_names(rng: np.random.Generator, count: int, *, women: float = 0.65) -> list[str]:
    """``count`` full names in NFC, all different (a running number is added when the names run out)."""
    families = list(_FAMILY)
    weights = np.array(list(_FAMILY.values()), dtype=float)
    names: list[str] = []
    taken: set[str] = set()
    while len(names) < count:
        middles, givens = (_WOMEN_MIDDLE, _WOMEN_GIVEN) if rng.random() < women else (_MEN_MIDDLE, _MEN_GIVEN)
        family = families[rng.choice(len(families), p=weights / weights.sum())]
        middle, given = middles[rng.integers(len(middles))], givens[rng.integers(len(givens))]
        name = normal(f"{family} {middle} {given}")
        if middle == given or name in taken:
            if len(taken) < 2_000:
                continue
            name = f"{name} {len(names)}"
        taken.add(name)
        names.append(name)
    return names


def usual_names(rng: np.random.Generator, count: int, *, women: float = 0.55) -> list[str]:
    """``count`` full names in NFC as they come; some are shared, as they are in life."""
    families = rng.choice(list(_FAMILY), count, p=np.array(list(_FAMILY.values())) / sum(_FAMILY.values()))
    named = {
        female: np.char.add(np.char.add(rng.choice(middles, count), " "), rng.choice(givens, count))
        for female, middles, givens in ((True, _WOMEN_MIDDLE, _WOMEN_GIVEN), (False, _MEN_MIDDLE, _MEN_GIVEN))
    }
    own = np.where(rng.random(count) < women, named[True], named[False])
    return [normal(f"{family} {rest}") for family, rest in zip(families.tolist(), own.tolist(), strict=True)]
