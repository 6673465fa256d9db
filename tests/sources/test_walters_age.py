"""How old a work is: makers and dates as the Walters writes them, and what follows from them."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mitsua_data.model import Json, Reason
from mitsua_data.sources.walters_age import (
    CIRCA,
    DEAD_BY,
    JUDGED_IN,
    MODERN_FROM,
    OLD_BY,
    Maker,
    finished,
    maker,
    too_young,
)

SOMEBODY, NOBODY = Maker(named=True), Maker(named=False)


def test_the_limits_follow_from_one_year() -> None:
    assert (JUDGED_IN, DEAD_BY, OLD_BY, MODERN_FROM) == (2026, 1955, 1900, 1931)


@pytest.mark.parametrize(
    ("words", "death"),
    [
        ("Alfred Jacob Miller (American, 1810-1874)", 1874),
        ("Minol Araki (Japanese, 1928 - 2010)", 2010),
        ("Carl Bersch (German | American, 1834-1914)", 1914),
        ("Zahir al-Din Muhammad Babur (1483-1530)", 1530),
        ("Nardon Pénicaud (French, 1470-1542/3)", 1543),
        ("Guidoccio Cozzarelli (Italian, 1450-1516/1517)", 1517),
        ("Robert Estienne, 1503 (?)-1559 (French, 1503 (?)-1559)", 1559),
        ("Antonio Badile II (Italian, ca. 1424 - 1507/12)", 1512),
        ("Attavante Attavanti (Italian, 1452-before 1525)", 1525),
        ("Riza 'Abbasi (Persian, ca. 1565-1635)", 1635),
        ("Costopolino Aliverti (Italian, died 1582)", 1582),
        ("Saint Basil (ca. 329-379)", 379),
        # Not quite known: ten years are added.
        ("Bamen Tsunemasa (Japanese, 1741-ca. 1830)", 1840),
        ("Johann Ulrich Hurdter (German, 1631/32-1716 (?))", 1726),
        ("Eberhard of Béthune (died ca. 1212)", 1222),
        ("Somebody (German, 1890-ca. 1950)", 1960),
    ],
)
def test_a_death_is_read_where_it_is_written(words: str, death: int) -> None:
    found = maker(words)
    assert (found.named, found.death) == (True, death)


@pytest.mark.parametrize(
    "words",
    [
        "Tokuriki Tomikichiro (Japanese, b. 1902)", "Valeri Timofeev (Latvian, born 1941)", "Nikolai Alexeev", "",
        "Thérèse Moncey (French, active 1945 - 1965)", "Louis Armand (French, Active 1745 - 1788)",
        "Charles Cabrier II (French, master 1757-1772)", "Thibaud Ancelin (fl. 1579 - 1608)",
        "Hashiguchi Goyo (Japanese, 1st quarter 20th century)", "Ahmad Khan (19th century)", "Akimitsu (Japanese)",
        "Louis Edouard Fournier (French, 1857 - after 1903)", "Gaston B. Gerard (French, 1859-; 1859)",
        "Boucheron (French, 1858-present)", "Adachi Hanga (founded 1926)", "Somebody (French, 1900-1850)",
        "Somebody (French, 1700-1900)", "Somebody (French, 1850)", "Somebody (French, 1850-)", "1850-1900",
        # Firms end; nobody dies.
        "Alavoine & Co. (1890 - 1950)", "Deroche Firm (French, 1800 - 1850)",
        "Tiffany and Company (American, 1837-1900)",
        "Della Robbia family (Italian, 1400-1500)", "Atelier of the Boxes (French, 1340-1360)",
    ],
)  # fmt: skip
def test_other_words_tell_of_no_death(words: str) -> None:
    found = maker(words)
    assert (found.named, found.death) == (True, None)


@pytest.mark.parametrize(
    "words",
    [
        "Egyptian", "Venetian ()", "French (?)", "Base: Thai", "Honduran (?) (Maya style)", "Dutch or Flemish",
        "Near Eastern", "South Arabian", "Anonymous",
        "Follower of Nardon Pénicaud (French, 1470-1542/3)", "Style of Fedor Rückert (Russian, 1840-1917)",
        "Copy after Agnolo Bronzino (Italian, 1503-1572)", "After Thomas Tuttell (English, active 1695-1702)",
        "Previously attributed to John Singleton Copley (American, 1738-1815)", "Workshop of A (Greek)",
        "Nathaniel Rogers (American, 1788-1844) (?)", "Probably after Jan (Dutch, 1600-1650)",
    ],
)  # fmt: skip
def test_a_culture_or_somebody_who_was_followed_is_no_name(words: str) -> None:
    found = maker(words)
    assert (found.named, found.death) == (False, None)


@pytest.mark.parametrize(
    ("begin", "end", "text", "year"),
    [
        pytest.param(1863, 1863, "1863", 1863, id="a-year"),
        pytest.param("1863", "1863", "1863", 1863, id="a-year-in-a-cell"),
        pytest.param(-350, -300, "350-300 BC", -300, id="before-christ"),
        pytest.param(-2012, -1968, "ca. 2000-1980 BCE", -1968, id="four-digits-before-christ"),
        pytest.param(-50, 50, "50 BC-AD 50", 50, id="across"),
        pytest.param(1868, 1925, "late 19th-early 20th century", 1925, id="a-rounded-range"),
        pytest.param(1601, 17000, "11th century AH/AD 17th century", 1700, id="a-typing-error"),
        pytest.param(1834, 18343, "1834", 1834, id="a-digit-too-many"),
        pytest.param(1800, 9999, "unknown, perhaps later", None, id="a-typing-error-and-no-text"),
        pytest.param(-9000, -8000, "17th century", 1700, id="too-early"),
        pytest.param(0, 0, "1886", 1886, id="nothing-but-text"),
        pytest.param(0, 0, "early 17th century", 1700, id="nothing-but-a-century"),
        pytest.param(0, 0, None, None, id="nothing"),
        pytest.param(0, 0, "after 1850", None, id="an-open-end"),
        pytest.param(0, 0, "1850 or later", None, id="another-open-end"),
        pytest.param(-10, 0, "10 BC", 0, id="a-nought-that-is-a-year"),
        pytest.param(1987, 1800, "uncertain", None, id="the-wrong-way-round"),
        pytest.param(None, None, "1876-77", 1876, id="no-numbers"),
        pytest.param("", "", "", None, id="empty-cells"),
        pytest.param(True, True, "", None, id="true-is-no-year"),
        pytest.param(1850.0, [1850], {}, None, id="other-values"),
        pytest.param(1197, 1197, "1997", 1997, id="the-text-has-a-later-year"),
        pytest.param(1850, 1850, "20th century", None, id="the-text-has-a-later-century"),
        pytest.param(-500, -401, "5th century BC (modern copy, 1985)", 1985, id="ancient-and-a-copy"),
        pytest.param(-500, -401, "5th century BC (modern copy)", None, id="ancient-and-modern"),
        pytest.param(-500, -401, "5th century B.C.E.", -401, id="ancient"),
        pytest.param(1890, 1900, "20c.", None, id="a-century-in-short"),
        pytest.param(1890, 1900, "XXth century", None, id="a-century-in-roman-numbers"),
        pytest.param(1890, 1900, "Showa period", None, id="a-reign-of-the-century"),
        pytest.param(1890, 1900, "ca. '85", None, id="two-digits"),
        pytest.param(1890, 1900, "late 20thC", None, id="a-century-in-one-word"),
        pytest.param(1890, 1900, "20 th century", None, id="a-century-in-two-words"),
        pytest.param(1890, 1900, "20. century, \uff11\uff19\uff18\uff15", 1985, id="full-width-digits"),
        pytest.param(1850, 1850, "1850; frame 1985", 1985, id="a-later-part"),
        pytest.param(1717, 1717, "1121 AH/AD 1717", 1717, id="two-calendars"),
        pytest.param(1327, 1369, "before 1369", 1369, id="before"),
        pytest.param(JUDGED_IN, JUDGED_IN + 1, "", None, id="next-year"),
    ],
)
def test_a_work_is_finished_in_the_latest_year_that_is_said(
    begin: Json, end: Json, text: Json, year: int | None
) -> None:
    assert finished(begin, end, text) == year


DEAD = Maker(named=True, death=1880)
LONG_DEAD = Maker(named=True, death=1320)


@pytest.mark.parametrize(
    ("end", "makers", "reason"),
    [
        pytest.param(-300, [NOBODY], None, id="ancient"),
        pytest.param(1900, [NOBODY], None, id="a-culture-by-1900"),
        pytest.param(1901, [NOBODY], Reason.NO_STATEMENT, id="a-culture-a-year-later"),
        pytest.param(1900, [], None, id="no-maker-by-1900"),
        pytest.param(1930, [NOBODY], Reason.NO_STATEMENT, id="a-culture-in-between"),
        pytest.param(1931, [NOBODY], Reason.EXCLUDED, id="a-culture-and-modern"),
        pytest.param(1845, [SOMEBODY], Reason.NO_STATEMENT, id="somebody-however-old"),
        pytest.param(-300, [SOMEBODY, NOBODY], Reason.NO_STATEMENT, id="somebody-ancient"),
        pytest.param(1787, [Maker(named=True, death=2010)], Reason.CONFLICT, id="alive-for-too-long"),
        pytest.param(-1985, [Maker(named=True, death=2010, born=1928)], Reason.CONFLICT, id="a-year-turned-round"),
        pytest.param(1600, [Maker(named=True, death=1890, born=1820)], Reason.CONFLICT, id="born-behind-it"),
        pytest.param(1820, [Maker(named=True, death=1890, born=1820)], None, id="born-that-year"),
        pytest.param(1899, [Maker(named=False, born=1928)], Reason.CONFLICT, id="after-somebody-not-yet-born"),
        pytest.param(1987, [Maker(named=True, death=2010, born=1990)], Reason.EXCLUDED, id="modern-and-impossible"),
        pytest.param(1770, [Maker(named=True, death=1890)], None, id="a-life-and-ten-years"),
        pytest.param(1769, [Maker(named=True, death=1890)], Reason.CONFLICT, id="more-than-a-life"),
        pytest.param(1900, [SOMEBODY], Reason.NO_STATEMENT, id="somebody-by-1900"),
        pytest.param(1940, [SOMEBODY], Reason.EXCLUDED, id="somebody-and-modern"),
        pytest.param(1870, [DEAD], None, id="dead-and-made-before"),
        pytest.param(1899, [DEAD], None, id="a-century-rounded"),
        pytest.param(1910, [DEAD], None, id="dead-and-a-rounded-range"),
        pytest.param(1911, [DEAD], Reason.NO_STATEMENT, id="dead-for-too-long"),
        pytest.param(1870, [DEAD, SOMEBODY], Reason.NO_STATEMENT, id="every-named-one"),
        pytest.param(1870, [DEAD, NOBODY], None, id="a-culture-beside"),
        pytest.param(1930, [Maker(named=True, death=1955)], None, id="dead-for-71-years"),
        pytest.param(1930, [Maker(named=True, death=1956)], Reason.NO_STATEMENT, id="dead-for-70-years"),
        pytest.param(1950, [Maker(named=True, death=1955)], None, id="modern-and-dead"),
        pytest.param(1955, [Maker(named=True, death=1954)], Reason.EXCLUDED, id="modern-and-finished-by-another"),
        pytest.param(1987, [Maker(named=True, death=2010)], Reason.EXCLUDED, id="modern"),
        pytest.param(1985, [LONG_DEAD], Reason.EXCLUDED, id="an-old-book-in-a-new-binding"),
        pytest.param(1925, [LONG_DEAD], Reason.NO_STATEMENT, id="an-old-book-in-an-older-binding"),
        pytest.param(None, [DEAD], Reason.NO_STATEMENT, id="no-date"),
    ],
)
def test_what_is_old_enough(end: int | None, makers: list[Maker], reason: Reason | None) -> None:
    assert too_young(end, makers) is reason


@given(st.integers(-7000, JUDGED_IN), st.lists(st.builds(Maker, named=st.booleans(), death=st.integers(1000, 2026))))
def test_a_later_work_or_one_more_name_is_never_older(end: int, makers: list[Maker]) -> None:
    if too_young(end, makers) is None:
        assert too_young(end - 1, makers) in {None, Reason.CONFLICT}
    if too_young(end, [*makers, SOMEBODY]) is None:
        assert too_young(end, makers) is None


@given(st.text(), st.text(), st.integers() | st.text() | st.none(), st.text())
def test_whatever_is_written_is_read(words: str, begin: str, end: int | str | None, text: str) -> None:
    too_young(finished(begin, end, text), [maker(words), maker(f"{words} ({text})")])


@pytest.mark.parametrize(
    ("words", "named", "death"),
    [
        ("Bob (American, 1880-1960); Al (American, 1810-1895)", True, 1960),
        ("Bob (American, 1880-1960) and Al (American, 1810-1895)", True, 1960),
        ("Bob (American, 1880-1960) Al (American, 1810-1895)", True, None),
        ("Bob (American, 1880-1960), Al (American, 1810-1895)", True, None),
        ("Bob; Al (American, 1810-1895)", True, None),
        ("Bob and Al (American, 1810-1895)", True, None),
        ("Dutch; Al (American, 1810-1895)", True, 1895),
        ("Follower of Jan (Dutch, 1600-1650); Bob (American, 1880-1960)", True, 1960),
        ("Bob (American, 1880-1960); Follower of Jan (Dutch, 1600-1650)", True, 1960),
        ("Dutch; Flemish", False, None),
        ("Pablo Picasso: Spanish", True, None),
        ("Base: Pablo Picasso", True, None),
        ("Japanese (Minol Araki, 1928-2010)", True, 2010),
        ("\u0130; Al (American, 1810-1895)", True, 1895),
    ],
)
def test_every_name_in_a_text_counts(words: str, named: bool, death: int | None) -> None:
    found = maker(words)
    assert (found.named, found.death) == (named, death)


def test_years_of_birth_are_read_of_those_who_were_followed_too() -> None:
    assert maker("After Minol (Japanese, 1928-2010)") == Maker(named=False, born=1928)
    assert maker("Valeri Timofeev (Latvian, born 1941)") == Maker(named=True, born=1941)
    assert maker("Jan (Dutch, ca. 1600-1650)") == Maker(named=True, death=1650)


def test_recorded_makers_are_read_as_they_are_written(shared: Path) -> None:
    table = shared / "sources" / "walters" / "csv" / "creators.csv"
    with table.open(encoding="utf-8", newline="") as file:
        rows = [(f"{row['name']} {row['date']}", row) for row in csv.DictReader(file)]
    found = {row["id"]: maker(words) for words, row in rows}
    read = [row for words, row in rows if maker(words).death is not None]
    assert len(read) > 650
    for row in read:
        assert not any(word in row["date"].casefold() for word in ("active", "century", "after", "present", "founded"))
        death = found[row["id"]].death or 0
        assert any(str(each)[:2] in row["date"] for each in (death, death - CIRCA))
    assert found["33757"] == Maker(named=True, death=2010, born=1928)  # Minol Araki
    assert found["6182"] == NOBODY  # Egyptian
