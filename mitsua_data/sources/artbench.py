"""
ArtBench-10: 60,000 paintings in ten styles, copied from WikiArt and two other sites, as a folder beside its table.

Reference: https://github.com/liaopeiyuan/artbench (README and LICENSE)

What it says, and how we read it:

* Its LICENSE says that the pictures are there under fair use; only its other artifacts are under MIT. No licence is
  granted for any picture, and CC0 is never claimed, whatever sets derived from it say.
* `is_public_domain` is a flag of WikiArt's on the work. By whose law, and what of the scan, is not said. False is no;
  true is somebody's belief, and needs a second, independent reason that a person brings as a table beside it:
  - `artists.csv` (artist, death_year, authority): the artist died so long ago that terms of 70 years are over, and the
    work is older than 95 years, because the artist died before that or because `works.csv` gives its year;
  - `works.csv` (name, made_year, museum): a museum that gives away its images of it under CC0 has the same work.
  Then the claim is on the work, not on this copy of it: a policy that wants pictures refuses it.
* Without a second reason, or where the two disagree, a person must look. So must one for pictures from Ukiyo-e.org and
  elsewhere: the flag is WikiArt's, and scans of prints belong to many museums.
* The order of columns is unknown, so they are found by name; a table without the four that count is refused whole. The
  samples that circulate with labels only have no column of rights, and are no evidence.

Years are counted from a fixed one, so that the rule gives the same answer tomorrow; see `YEAR`.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from pathlib import PurePosixPath
from typing import Final

from mitsua_data.licences import Licence
from mitsua_data.model import Claim, Evidence, Grade, ImageRef, MediaType, Reason, Refusal, Subject, Verdict
from mitsua_data.sources.base import (
    ArchiveReader,
    ArchiveSource,
    Body,
    Page,
    Record,
    RuleRefusal,
    SourceSpec,
    file_pointer,
)

YEAR: Final = 2026
"""The year in which the rule was written. Raise it together with `rule_version`: a work can only become free."""
AFTER_DEATH: Final = 70
SINCE_MADE: Final = 95
"""Whole years; the year itself does not count."""
PAGE: Final = 200
TABLE, ARTISTS, WORKS = "ArtBench-10.csv", "artists.csv", "works.csv"
"""Names of the files, and roles."""
NEEDED: Final = ("is_public_domain", "name", "url", "label")
YES: Final = ("True", "true", "1")
NO: Final = ("False", "false", "0")
STYLES: Final = (
    "art_nouveau", "baroque", "expressionism", "impressionism", "post_impressionism", "realism", "renaissance",
    "romanticism", "surrealism", "ukiyo_e",
)  # fmt: skip
WIKIART: Final = re.compile(r"https?://uploads[0-9]*\.wikiart\.org/[^\s]+")
MUSEUM: Final = re.compile(
    r"https://(?:www\.)?(?:metmuseum\.org|artic\.edu|clevelandart\.org|nga\.gov|si\.edu|getty\.edu|art\.thewalters\.org)"
    r"/[^\s]+"
)
"""Pages of museums whose own rule here can claim CC0."""
AUTHORITY: Final = re.compile(r"https://[a-z0-9.-]+/[^\s]+")
_SUFFIXES: Final = frozenset({".jpg", ".jpeg", ".png"})
_BASE: Final = re.compile(r"[1-9][0-9]*/")
_YEAR: Final = re.compile(r"[0-9]{3,4}", re.ASCII)


class ArtBench(ArchiveSource):
    """One row of the table is one record: of each file in the folder, or of each row where the table stands alone."""

    items = "images"
    spec = SourceSpec(
        id="artbench",
        institution="ArtBench-10 (Liao, Li, Liu, Keutzer), from WikiArt and others",
        homepage="https://github.com/liaopeiyuan/artbench",
        terms=("https://github.com/liaopeiyuan/artbench/blob/main/LICENSE", "https://www.wikiart.org/en/terms-of-use"),
        may_claim=frozenset({Licence.PD_TERM_EXPIRED, Licence.PDM_1_0}),
        grade=Grade.E1,
        basis="a flag that WikiArt sets on the work, and a second reason that a person brings; never a licence",
        unverified=(
            "The table itself was never seen here: its columns are known from code that reads it.",
            "That is_public_domain is WikiArt's flag is remembered; its terms of use were not read.",
        ),
        needs="the folder of ArtBench-10 with its table, and artists.csv or works.csv beside it for a second reason",
        rule_version=1,
    )

    def is_item(self, name: str) -> bool:
        """Images in folders, and tables other than those that stand beside them."""
        path = PurePosixPath(name)
        return path.suffix.lower() in {".csv", *_SUFFIXES} and path.name not in {TABLE, ARTISTS, WORKS}

    def is_top(self, entries: Collection[str]) -> bool:
        """The folder with the table."""
        return TABLE in entries

    def is_collection(self, names: Iterable[str]) -> bool:
        """Where images are among the files; a table alone is read by its rows."""
        return any(_is_image(name) for name in names)

    def home(self, names: Sequence[str]) -> str:
        """The folder of the table."""
        found = sorted((name for name in names if PurePosixPath(name).name == TABLE), key=len)
        return found[0].removesuffix(TABLE) if found else ""

    def pages(self, reader: ArchiveReader, after: str | None = None) -> Iterator[Page]:
        """Images folder by folder; the cursor is the last name of a page."""
        images = sorted(filter(_is_image, reader.names()), key=_place)
        self.require(images)
        tables = {body.name: body for body in reader.stream((TABLE, ARTISTS, WORKS))}
        left = [name for name in images if after is None or _place(name) > _place(after)]
        for _, group in groupby(left, key=lambda name: _place(name)[0]):
            names = list(group)
            for batch in (names[start : start + PAGE] for start in range(0, len(names), PAGE)):
                index = reader.index([*batch, *tables])
                yield Page((index,), cursor=batch[-1], context=tables, total=len(images))

    def saved(self, bodies: Sequence[Body]) -> Iterable[Page]:
        """One page for each body; the two tables of reasons stand beside the others."""
        tables = {body.name.rpartition("/")[2]: body for body in bodies if body.media_type is MediaType.CSV}
        beside = {name: tables[name] for name in (ARTISTS, WORKS) if name in tables}
        others = [body for body in bodies if body not in beside.values()]
        return [Page((body,), context=beside) for body in others or bodies]

    def records(self, page: Page) -> Iterable[Record]:
        """One for each image that the page's index names, or for each row of a table."""
        for body in page.bodies:
            whole = Record(body.locator, body, context=page.context)
            if body.media_type is MediaType.CSV:
                _require_columns(whole)
                for row in range(1, (whole.length() or 0) + 1):
                    record = replace(whole, base=f"{row}/")
                    yield replace(record, id=f"{record.text('label')}/{record.text('name') or row}")
            else:
                files = whole.seen("/files")
                names = sorted(filter(_is_image, files)) if isinstance(files, dict) else []
                yield from (replace(whole, id=name) for name in names)

    def images(self, record: Record) -> Sequence[ImageRef]:
        """The file; its words are made of its name, which is `<artist>_<title>`, and of its style."""
        style, name = _style_and_name(record.id)
        artist, _, title = PurePosixPath(name).stem.partition("_")
        return (
            ImageRef(
                part="file",
                url=f"{self.spec.id}:{record.id}",
                title=title.replace("-", " "),
                creator=artist.replace("-", " "),
                tags=(style.replace("_", " "),) if style else (),
                category=style,
            ),
        )

    def licence(self, record: Record, image: ImageRef) -> Verdict:  # noqa: ARG002  # a record is an image here
        """Whether the work is free: by the flag and by a second reason. Never a word on the copy."""
        picture = () if record.base else (record.quote(file_pointer(record.id)),)
        row = _row(record)
        flag = row.quote("is_public_domain", among=(*YES, *NO))
        if flag.value in NO:
            return Refusal(Reason.NOT_OPEN, (*picture, flag))
        label, url = row.quote("label", among=STYLES), row.quote("url")
        evidence = (*picture, flag, label, url)
        if not isinstance(url.value, str) or not WIKIART.fullmatch(url.value):
            return Refusal(Reason.NO_STATEMENT, evidence)
        died, made = _died(row), _made(row)
        years = tuple(each.said for each in (died, made) if each.said is not None)
        evidence += (*years, *died.source, *made.source)
        if died.year >= YEAR - AFTER_DEATH or made.year >= YEAR - SINCE_MADE:
            return Refusal(Reason.CONFLICT, evidence)
        if died.source and died.year > 0 and (died.year < YEAR - SINCE_MADE or made.year > 0):
            return Claim(Licence.PD_TERM_EXPIRED, self.spec.grade, evidence, Subject.WORK)
        if made.source:
            return Claim(Licence.PDM_1_0, self.spec.grade, evidence, Subject.WORK)
        return Refusal(Reason.NO_STATEMENT, evidence)


# --- what the tables say -------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Year:
    """What a table says of a year, and where one can look it up."""

    year: int = 0
    """0 where none is said."""
    said: Evidence | None = None
    source: tuple[Evidence, ...] = ()
    """The page that says so; none where none is named."""


def _row(record: Record) -> Record:
    """The one row of a record. Raises RuleRefusal where there is none, or several."""
    if _BASE.fullmatch(record.base):
        table, name, style = record.body, str(record.quote("name").value), str(record.quote("label").value)
    else:
        record.quote("1/name", of=TABLE)
        table, (style, name) = record.context[TABLE], _style_and_name(record.id)
    whole = Record(record.id, table, context=record.context)
    rows = [row for row in table.rows("name").get(name, ()) if whole.text(f"{row}/label") == style]
    if len(rows) != 1:
        found = (whole.quote(f"{row}/name") for row in rows)
        raise RuleRefusal(Reason.CONFLICT if rows else Reason.OUT_OF_SCOPE, *found, record.whole())
    return replace(whole, base=f"{rows[0]}/")


def _died(row: Record) -> _Year:
    """When the artist died. A year without a page that says so is none."""
    at = _line(row, ARTISTS, "artist", row.text("artist"))
    if at is None:
        return _Year()
    year, source = _year(row, ARTISTS, f"{at}/death_year"), row.quote(f"{at}/authority", of=ARTISTS)
    if not isinstance(source.value, str) or not AUTHORITY.fullmatch(source.value):
        raise RuleRefusal(Reason.UNKNOWN_VALUE, source)
    return replace(year, source=(source,))


def _made(row: Record) -> _Year:
    """When the work was made, and the museum that has it, where it is one whose images are CC0."""
    at = _line(row, WORKS, "name", row.text("name"))
    if at is None:
        return _Year()
    year, source = _year(row, WORKS, f"{at}/made_year"), row.quote(f"{at}/museum", of=WORKS)
    if source.value == "":
        return year
    if not isinstance(source.value, str) or not MUSEUM.fullmatch(source.value):
        raise RuleRefusal(Reason.UNKNOWN_VALUE, source)
    return replace(year, source=(source,))


def _line(row: Record, table: str, column: str, value: str) -> str | None:
    """The one line of a table beside the row. Raises RuleRefusal where there are several."""
    lines = row.rows(column, value, of=table) if value else ()
    if len(lines) > 1:
        raise RuleRefusal(Reason.CONFLICT, *(row.quote(f"{line}/{column}", of=table) for line in lines))
    return lines[0] if lines else None


def _year(row: Record, table: str, pointer: str) -> _Year:
    said = row.quote(pointer, of=table)
    if said.value == "":
        return _Year()
    if not isinstance(said.value, str) or not _YEAR.fullmatch(said.value):
        raise RuleRefusal(Reason.UNKNOWN_VALUE, said)
    return _Year(int(said.value), said)


def _require_columns(table: Record) -> None:
    """Raise RuleRefusal where a table lacks one of the columns that count, or has no rows."""
    cells = [table.quote(f"1/{column}", missing_ok=True) for column in NEEDED]
    if any(cell.value is None for cell in cells):
        raise RuleRefusal(Reason.UNREADABLE, *cells)


def _is_image(name: str) -> bool:
    return PurePosixPath(name).suffix.lower() in _SUFFIXES and "/" in name


def _place(name: str) -> tuple[str, str]:
    """The order of records: folder by folder."""
    return name.rpartition("/")[0], name


def _style_and_name(path: str) -> tuple[str, str]:
    """The last folder, which is the style, and the file's name."""
    folder, _, name = path.rpartition("/")
    return folder.rpartition("/")[2], name
