"""
Whether a work is old enough for a museum's statement on the public domain, by its record's makers and dates.

Pure, and without a clock: all is judged as of one year, which is written here. A museum that says "works believed to be
in the public domain" without saying which leaves it to us to see which are surely meant.

* Makers are judged first: where one cannot have had a part in a work of its date (born after it, or dead for longer
  behind it than a life lasts), record and date contradict each other.
* Makers who are known to have died more than seventy years ago clear a work, if it was finished by 1900 or in their
  time: an old book in a binding of 1985 has another maker. Each that is named must have died; however old the work is.
* A work whose makers are not named (a culture, a follower, a copyist) must be finished by 1900.
* What was finished in 1931 or later and is not cleared may be in copyright; the rest is for a person to look at.

Names are read as the Walters writes them: `Alfred Jacob Miller (American, 1810-1874)`, `French`, `After Jan (Dutch)`.
A form that is not understood tells of no death, and several names in one text must each have theirs.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Final
from unicodedata import normalize

from mitsua_data.model import Json, Reason

JUDGED_IN: Final = 2026
"""The year as of which is judged. Raising it is a new version of every rule that uses it."""
DEAD_BY: Final = JUDGED_IN - 71
"""Whoever died in this year or earlier died more than seventy years ago."""
OLD_BY: Final = 1900
"""Year by which works of unnamed makers must be finished."""
MODERN_FROM: Final = JUDGED_IN - 95
"""What was made in this year or later can be in copyright in the United States, whoever made it."""
LIFE: Final = 110
"""Years: longest from birth to death, and so from a work to its maker's death."""
ROUNDING: Final = 30
"""Years by which a range reaches beyond its maker's death: "early 20th century" ends in 1925."""
CIRCA: Final = 10
"""Years that are added to a death that is not quite known."""
FIRST: Final = -7000
"""Earliest year that is no typing error."""

UNNAMED: Final = frozenset({
    "african", "algerian", "american", "anatolian", "anonymous", "apulian", "armenian", "asian", "assyrian",
    "austrian", "babylonian", "balinese", "balkan", "bangladeshi", "belgian", "bohemian", "bolivian", "brazilian",
    "british", "bulgarian", "burmese", "byzantine", "cambodian", "campanian", "canadian", "carolingian",
    "caucasian", "celtic", "central american", "central asian", "ceylonese", "chinese", "colima", "colombian",
    "coptic", "costa rican", "cretan", "cuban", "cypriot", "czech", "danish", "dutch", "ecuadorian", "egyptian",
    "english", "ethiopian", "etruscan", "european", "finnish", "flemish", "florentine", "frankish", "french",
    "georgian", "german", "greco-roman", "greek", "guatemalan", "honduran", "hungarian", "icelandic", "indian",
    "indonesian", "iranian", "iraqi", "irish", "islamic", "italian", "japanese", "javanese", "jewish", "kashmiri",
    "khmer", "korean", "kurdish", "lao", "laotian", "lombard", "maya", "mesopotamian", "mexican", "middle eastern",
    "moche", "mongolian", "moroccan", "mosan", "mughal", "neapolitan", "near eastern", "nepalese", "netherlandish",
    "north american", "norwegian", "nubian", "ottoman", "panamanian", "parthian", "persian", "peruvian",
    "phoenician", "polish", "portuguese", "qajar", "rhenish", "roman", "romanian", "russian", "safavid", "sasanian",
    "scandinavian", "scottish", "scythian", "serbian", "siamese", "sicilian", "sienese", "singhalese", "slavic",
    "south american", "south arabian", "south german", "southeast asian", "spanish", "sri lankan", "sumerian",
    "swedish", "swiss", "syrian", "tairona", "thai", "tibetan", "tunisian", "turkish", "turkmen", "ukrainian",
    "umbrian", "unknown", "uzbek", "uzbeki", "venetian", "vietnamese", "welsh", "yemeni",
})  # fmt: skip
"""Cultures that stand where a maker's name would, in lower case. One that is missing here counts as a name."""

_NOT_HIS_OWN: Final = re.compile(
    r"(?:(?:probably|possibly|previously|formerly|in the) )*(?:after|assistant|attributed|based|circle|copy|copyist|"
    r"follower|forger|forgery|imitation|imitator|manner|pupil|school|studio|style|workshop)\b"
)
"""How a name begins, in lower case, that is not the maker's."""
_PARTS: Final = frozenset({
    "base", "binding", "blade", "case", "cover", "frame", "handle", "hilt", "lid", "mount", "mounts", "movement",
    "scabbard", "sheath", "stand",
})  # fmt: skip
"""Parts of a work before whose makers a colon can stand, in lower case."""
_SEVERAL: Final = re.compile(r"[;|/]|\b(?:and|or|with)\b")
"""What stands between names, in lower case, outside of brackets."""
_FIRM: Final = re.compile(
    r"&|\b(?:academy|atelier|bros|brothers|co|company|factory|family|firm|fils|frères|group|guild|house|inc|ltd|"
    r"manufactory|manufacture|press|school|society|sons?|studio|union|workshop|works)\b"
)
"""Words in a name, in lower case, that is no person's: its end is nobody's death."""
_BRACKETS: Final = re.compile(r"\(((?:[^()]|\([^()]*\))*)\)")
_AROUND: Final = r"(?P<{0}about>ca?\. ?)?(?P<{0}year>[0-9]{{3,4}})(?:/(?P<{0}or>[0-9]{{1,4}}))?(?P<{0}doubt> ?\(\?\))?"
_LIVED: Final = re.compile(
    rf"(?:[^0-9,]*, ?)?(?:(?:born )?{_AROUND.format('b')} ?[-–] ?(?:before )?|(?:died|d\.) ?){_AROUND.format('d')}"
)
_ANCIENT: Final = re.compile(r"[0-9]+(?:\s*[-–/]\s*[0-9]+)?\s*B\.?\s?C(?:\.?\s?E)?\b", re.IGNORECASE)
"""Years before Christ, in a date in words."""
_LATE: Final = re.compile(
    r"\b(?:20|21)\s?(?:th|st|c\b|c\.|cent)|\bxxi?(?:th|e)?\b|(?<![0-9])['’][0-9]{2}\b|"
    r"\b(?:taisho|showa|heisei|reiwa)\b|\b(?:twentieth|twenty-first|modern|copy|facsimile|forgery|replica|reproduction)\b",
    re.IGNORECASE,
)
"""Words in a date that speak of another time than an old year."""
_PLAIN: Final = frozenset({
    "about", "ad", "ah", "and", "bc", "bce", "before", "beginning", "by", "c", "ca", "ce", "centuries", "century",
    "circa", "early", "end", "first", "half", "late", "mid", "middle", "of", "or", "probably", "quarter", "second",
    "the", "third", "to",
})  # fmt: skip
"""Words in a date, in lower case, that leave its last number its latest year."""


@dataclass(frozen=True)
class Maker:
    """Somebody who is named as having had a part in a work."""

    named: bool
    """Whether a person or a firm is named, rather than a culture or somebody whom the maker followed."""
    death: int | None = None
    """Year by which the person is known to have died; None: not known, of one of several."""
    born: int | None = None
    """Year in which the person was born, or the last of several; of somebody who was followed, too. None: not known."""


def maker(words: str) -> Maker:
    """A maker as a record names him; or several in one text, as one who lived as long as the last of them."""
    each = [_person(part) for part in _names(" ".join(words.split()))]
    named = [person for person in each if person.named]
    deaths = [person.death for person in named if person.death is not None]
    return Maker(
        named=bool(named),
        death=max(deaths) if deaths and len(deaths) == len(named) else None,
        born=max((person.born for person in each if person.born is not None), default=None),
    )


def finished(begin: Json, end: Json, text: Json) -> int | None:
    """
    The year by which a work was finished, negative before Christ; None where its record does not tell, or contradicts
    itself. A number that cannot be is a typing error: then the text counts.
    """
    words = normalize("NFKC", text) if isinstance(text, str) else ""
    first, last = _year(begin), _year(end)
    if last is None or not FIRST <= last <= JUDGED_IN or first == last == 0 or (first is not None and first > last):
        return _latest(words)
    years = (int(each) for each in re.findall(r"(?<![0-9])[0-9]{4}(?![0-9])", _ANCIENT.sub(" ", words)))
    last = max(last, *(year for year in years if year <= JUDGED_IN), FIRST)
    return None if last <= OLD_BY and _LATE.search(words) else last


def too_young(end: int | None, makers: Collection[Maker]) -> Reason | None:
    """
    None for a work that is old enough; `excluded` where it may be in copyright; `conflict` where a maker's life and the
    work's date exclude each other; `no_statement` in between.
    """
    if end is None:
        return Reason.NO_STATEMENT
    named = [each for each in makers if each.named]
    deaths = [each.death for each in named if each.death is not None and each.death <= DEAD_BY]
    cleared = not named and end <= OLD_BY
    if named and len(deaths) == len(named):
        reach = max(deaths) if end >= MODERN_FROM else max(deaths) + ROUNDING
        cleared = end <= max(reach, OLD_BY)
    if not cleared and end >= MODERN_FROM:
        return Reason.EXCLUDED
    if any(_impossible(each, end) for each in makers):
        return Reason.CONFLICT
    return None if cleared else Reason.NO_STATEMENT


def _impossible(each: Maker, end: int) -> bool:
    """Whether somebody was born after a work was finished, or lived longer behind it than a life lasts."""
    late = each.born is not None and each.born > end
    return late or (each.death is not None and each.death - LIFE - CIRCA > end)


def _names(text: str) -> Iterator[str]:
    """The names in a text, which is cut outside of brackets alone."""
    bare = _BRACKETS.sub(lambda bracket: "x" * len(bracket[0]), text.lower())
    if len(bare) != len(text):  # a letter that is written as two in lower case: not cut, and so not understood
        yield text
        return
    start = 0
    for cut in _SEVERAL.finditer(bare):
        yield text[start : cut.start()].strip()
        start = cut.end()
    yield text[start:].strip()


def _person(text: str) -> Maker:
    """One maker, by one name."""
    lower = text.casefold()
    name = lower.partition("(")[0].strip()
    dates = [each for each in _BRACKETS.findall(text) if re.search(r"[0-9]", each)]
    born, death = _life(dates[0]) if len(dates) == 1 else (None, None)
    if _NOT_HIS_OWN.match(lower) or (name and text.endswith("(?)")):
        return Maker(named=False, born=born)
    part, colon, culture = name.rpartition(": ")
    if (culture if colon and part in _PARTS else name) in UNNAMED and not dates:
        return Maker(named=False)
    return Maker(named=True, death=None if _FIRM.search(name) else death, born=born)


def _life(dates: str) -> tuple[int | None, int | None]:
    """The years of birth and death in `American, 1810-1874`; None in any other form, or where they are nobody's."""
    born = re.fullmatch(r"(?:[^0-9,]*, ?)?(?:born|b\.) ?([0-9]{4})", dates.strip())
    if born:
        return int(born[1]), None
    match = _LIVED.fullmatch(dates.strip())
    if match is None:
        return None, None
    death = _latest_of(match, "d")
    if match["byear"] is None:
        return None, death
    birth = int(match["byear"])
    if not 0 < death - birth <= LIFE:
        return None, None
    return (None if match["babout"] or match["bdoubt"] else birth), death


def _latest_of(match: re.Match[str], prefix: str) -> int:
    """The latest year that `ca. 1507/12` can mean."""
    year, other = match[f"{prefix}year"], match[f"{prefix}or"] or ""
    latest = max(int(year), int(year[: max(len(year) - len(other), 0)] + other))
    return latest + (CIRCA if match[f"{prefix}about"] or match[f"{prefix}doubt"] else 0)


def _year(value: Json) -> int | None:
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    return int(value) if isinstance(value, str) and re.fullmatch(r"-?[0-9]{1,5}", value.strip()) else None


def _latest(words: str) -> int | None:
    """The latest year that a date in words can mean; None where it holds words that leave its end open."""
    found = []
    for token in re.split(r"[\s\-–/,;:.()?]+", words.casefold()):
        ordinal = re.fullmatch(r"([0-9]{1,2})(?:st|nd|rd|th)", token)
        if ordinal:
            found.append(int(ordinal[1]) * 100)
        elif re.fullmatch(r"[0-9]{3,4}", token):
            found.append(int(token))
        elif token and not re.fullmatch(r"[0-9]{1,2}", token) and token not in _PLAIN:
            return None
    return max(found, default=None)
