"""
3dicons: renders of icons in three dimensions, by Vijay Verma; the records are a checkout, the pictures lie on a server.

Reference: https://github.com/realvjy/3dicons (`content/3dicons-meta`), https://3dicons.co

What the repository says, and how we read it:

* `LICENSE` is the text of CC0 1.0, known by its git blob id. The nearest licence file counts, as in every repository.
* Each `content/3dicons-meta/<icon>.md` is front matter and nothing else: one icon, at one angle, in four materials, and
  the address of each render. It has no licence field; a key that was never seen there is `unknown_value`.
* The front matter is read as a strict subset of YAML: `key: value`, each key once, plain words. Whatever would need
  more (quotes, lists, anchors, comments) is `unreadable`.
* One icon is one record, and its renders are the parts: they are near duplicates, and belong into one split.
* Other firms' marks are among the icons. The category `social` holds such, and some icons are named after the firm:
  these are `excluded`, by the words of the address, too. `static/` and `content/assets/` (logos, promotion) make no
  records at all.
* A render is not in the repository. What binds it is the front matter that names its address, at a commit.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from itertools import islice
from pathlib import PurePosixPath
from typing import Final
from unicodedata import normalize

from mitsua_data.licences import LICENCE_FILES, Licence
from mitsua_data.model import Evidence, Grade, ImageRef, Reason, Refusal, Verdict
from mitsua_data.sources.base import (
    ArchiveReader,
    ArchiveSource,
    Page,
    Record,
    RuleRefusal,
    SourceSpec,
    file_pointer,
)
from mitsua_data.sources.repository_paths import is_licence_file, nearest

HOST: Final = "3dicons.sgp1.cdn.digitaloceanspaces.com"
META: Final = "content/3dicons-meta/"
PAGE: Final = 50
"""Icons on one page."""
MATERIALS: Final = ("clay", "gradient", "color", "premium")
KEYS: Final = frozenset({"id", "title", "file-slug", "date", "feature", "category", "angle", *MATERIALS})
"""All keys that were seen."""
MARKS: Final = frozenset({
    "social", "brand", "brands", "logo", "logos",
    "adobe", "android", "apple", "behance", "blender", "chrome", "discord", "dribbble", "facebook", "figma", "github",
    "google", "instagram", "linkedin", "messenger", "microsoft", "minecraft", "netflix", "notion", "paypal",
    "photoshop", "pinterest", "playstation", "reddit", "skype", "slack", "snapchat", "spotify", "telegram", "tiktok",
    "twitch", "twitter", "whatsapp", "windows", "xbox", "youtube",
})  # fmt: skip
"""Words of a category, title or file name under which other firms' marks go."""

_ICON: Final = re.compile(r"(?:(?:.*/)?3dicons-meta/[^/]+|[a-z0-9][a-z0-9-]*)\.md")
_HOME: Final = re.compile(rf"(?P<home>(?:.*/)?){META}[^/]+\.md")
_LINE: Final = re.compile(r"(?P<key>[a-z][a-z-]*):(?: +(?P<value>[^\s\"'&*!|>%@`\[\]{}#,?:-][^\n]*?))? *")
"""A value begins with none of the characters that mean something in YAML."""
_MEANING: Final = re.compile(r": | #|:$|[\x00-\x08\x0b-\x1f\x7f\ufffd]")
"""What must not stand inside of a value either."""


class ThreeDIcons(ArchiveSource):
    """One file of front matter is one icon; its renders are fetched from their own server."""

    items = "files of front matter"

    spec = SourceSpec(
        id="threedicons",
        institution="3dicons, by Vijay Verma (realvjy)",
        homepage="https://3dicons.co",
        terms=("https://3dicons.co/",),
        may_claim=frozenset({Licence.CC0_1_0}),
        grade=Grade.E3,
        image_hosts=frozenset({HOST}),
        requests_per_second=2.0,
        caption_licence=Licence.CC0_1_0,
        basis="the repository's LICENSE (CC0 1.0), and its front matter, which names each render",
        unverified=(
            "That each icon also exists at the angles front and iso: only renders whose address was read are taken.",
            "That the category social holds other firms' marks only; it is left out as a whole.",
        ),
        needs="a checkout of github.com/realvjy/3dicons (branch develop)",
        rule_version=1,
    )

    def is_item(self, name: str) -> bool:
        """Files of front matter; outside of their folder, files named like one."""
        return bool(_ICON.fullmatch(name))

    def is_top(self, entries: Collection[str]) -> bool:
        """The folder with the licence and the content."""
        return {"LICENSE", "content"} <= set(entries)

    def is_collection(self, names: Iterable[str]) -> bool:
        """Where front matter lies in its folder."""
        return any(name.startswith(META) for name in names)

    def home(self, names: Sequence[str]) -> str:
        """The checkout's own folder, however deep it lies."""
        return next((match["home"] for name in names if (match := _HOME.fullmatch(name))), "")

    def pages(self, reader: ArchiveReader, after: str | None = None) -> Iterator[Page]:
        """All icons by name, fifty to a page; the cursor is the last name of a page."""
        names = sorted(reader.names())
        icons = [name for name in names if name.startswith(META) and self.is_item(name)]
        self.require(icons)
        texts = [name for name in names if is_licence_file(name) and META.startswith(name.rpartition("/")[0])]
        context = {body.name: body for body in reader.stream(texts)}
        left = [name for name in icons if after is None or name > after]
        bodies = reader.stream(left)
        while batch := tuple(islice(bodies, PAGE)):
            index = reader.index([*texts, *(body.name for body in batch)])
            yield Page(batch, cursor=batch[-1].name, context={**context, "index": index}, total=len(icons))

    def records(self, page: Page) -> Iterable[Record]:
        """One for each file; its id is the file's name without its end."""
        return [Record(PurePosixPath(body.name).stem, body, context=page.context) for body in page.bodies]

    def images(self, record: Record) -> Sequence[ImageRef]:
        """One for each material that is named."""
        fields = front_matter(record)
        title, angle = fields.get("title", ""), fields.get("angle", "")
        return [
            ImageRef(
                part=f"{angle}-{material}",
                url=fields[material],
                title=title,
                creator="Vijay Verma",
                date=fields.get("date", ""),
                tags=(material, angle),
                category=fields.get("category", ""),
                medium="3D render",
            )
            for material in MATERIALS
            if fields.get(material)
        ]

    def licence(self, record: Record, image: ImageRef) -> Verdict:
        """What the checkout's licence file means, for a render that is nobody else's mark."""
        fields = front_matter(record)
        material, angle = image.tags
        address = record.quote(f"tag:{material}", among=(image.url,))
        said = tuple(record.quote(f"tag:{key}") for key in ("title", "file-slug", "category", "angle"))
        evidence = (address, *said, *_bound(record))
        unknown = [record.quote(f"tag:{key}") for key in fields if key not in KEYS]
        if unknown:
            return Refusal(Reason.UNKNOWN_VALUE, (*unknown, *evidence))
        if not _at_home(image.url, angle, material):
            return Refusal(Reason.UNKNOWN_VALUE, evidence)
        if _words(*(str(each.value) for each in (*said, address))) & MARKS:
            return Refusal(Reason.EXCLUDED, evidence)
        return self._by_texts(record, evidence)

    def _by_texts(self, record: Record, evidence: tuple[Evidence, ...]) -> Verdict:
        if "index" not in record.context:  # a single file: it says nothing of rights
            return Refusal(Reason.NO_STATEMENT, evidence)
        names = nearest(record.context, record.body.name)
        if not names:
            absent = record.quote(file_pointer("LICENSE"), of="index", missing_ok=True)
            return Refusal(Reason.NO_LICENCE_FILE, (*evidence, absent))
        blobs = [record.blob(name) for name in names]
        licences = {LICENCE_FILES.get(str(blob.value)) for blob in blobs}
        evidence = (*evidence, *blobs)
        if None in licences or len(licences) > 1:
            return Refusal(Reason.UNKNOWN_LICENCE if None in licences else Reason.CONFLICT, evidence)
        return self.claim(next(each for each in licences if each), *evidence)


def _words(*texts: str) -> set[str]:
    """The words of texts, each by itself and with the next ones: `Tik Tok` and `tik-tok` are written apart only."""
    found: set[str] = set()
    for text in texts:
        words = re.findall(r"[a-z0-9]+", normalize("NFKC", text).casefold())
        found.update("".join(words[start:end]) for start in range(len(words)) for end in range(start + 1, start + 4))
    return found


def front_matter(record: Record) -> dict[str, str]:
    """The keys and values of a file that is front matter alone. Raises RuleRefusal for anything else."""
    text = record.body.data.decode("utf-8", "replace").removeprefix("\ufeff").replace("\r\n", "\n")
    top, *lines = text.rstrip().split("\n")
    found: dict[str, str] = {}
    for line in lines[:-1]:
        match = _LINE.fullmatch(line)
        value = (match["value"] or "") if match else ""
        if match is None or match["key"] in found or _MEANING.search(value):
            raise RuleRefusal(Reason.UNREADABLE, record.whole())
        found[match["key"]] = value
    if not lines or (top.rstrip(), lines[-1].rstrip()) != ("---", "---"):
        raise RuleRefusal(Reason.UNREADABLE, record.whole())
    return found


def _bound(record: Record) -> tuple[Evidence, ...]:
    """Which bytes the record is, at which commit."""
    if "index" not in record.context:
        return ()
    return (record.quote(file_pointer(record.body.name), of="index"), record.quote("/archives", of="index"))


def _at_home(url: str, angle: str, material: str) -> bool:
    """Whether an address is one of a render of this angle and material, on the source's own server."""
    path = rf"/v1/{re.escape(angle)}/{material}/[a-z0-9-]+-{re.escape(angle)}-{material}\.png"
    return re.fullmatch(rf"https://{re.escape(HOST)}{path}", url) is not None
