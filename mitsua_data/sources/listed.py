"""
Listed collections: a rights holder's own pages, a few dozen of them, that a person found and wrote down.

Reference: `manifests/FORMAT.md`, kind "listed"; the declarations are `manifests/sources/*.toml`

What such a site says, and how we read it:

* One page of the rights holder says in a sentence that the pictures are free. The sentence stands in the declaration,
  word for word; the page is captured in each crawl, and one block of it must say exactly this. A declaration without a
  sentence (nobody has read the page yet) claims nothing.
* A page that is listed must show its picture still: its address must stand in the page as captured. What a page that
  is gone says instead shows no picture.
* A page that links to another licence, reserves rights, or bears the sign of somebody else than the declared people
  says something else than the notice, and a person must look.
* Nothing is found by following links. What nobody listed is `out_of_scope`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Annotated, Final, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from mitsua_data.licences import Licence
from mitsua_data.model import Evidence, Grade, ImageRef, MediaType, Reason, Refusal, Verdict
from mitsua_data.sources.base import Body, Page, Record, RuleRefusal, SourceError, SourceSpec, WebReader, WebSource
from mitsua_data.sources.declaration import Declared, unconditional
from mitsua_data.sources.hosts import host_of, joined
from mitsua_data.sources.repository_paths import any_of
from mitsua_data.sources.reserved import reserves_for_others
from mitsua_data.sources.web_page import DEEDS, VISIBLE, WORDS, address_of, beside, linked, said

PAGE: Final = 20
"""Listed pages on one page of a crawl."""
SHOWN: Final = (
    f"//*[self::img or self::source or self::a or self::area]{VISIBLE}"
    "/@*[name()='src' or name()='href' or name()='data-src']"
)
"""Where a page shows its pictures to a reader, or leads to them."""
_ADDRESS: Final = r"^https://[A-Za-z0-9.-]+/[^\s'\"<>\\]{0,200}$"
_URL = Annotated[str, Field(pattern=_ADDRESS)]
_HOST = Annotated[str, Field(pattern=r"^[a-z0-9-]+(\.[a-z0-9-]+)+$")]
_SENTENCE = Annotated[str, Field(pattern=r"^\S(.*\S)?$", max_length=1000)]


class Picture(BaseModel):
    """One picture of a page, and the lister's own words for it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    url: _URL
    title: str = ""
    tags: tuple[str, ...] = ()
    date: str = ""


class ListedPage(BaseModel):
    """One page of the rights holder, and the lister's own words for what is on it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    url: _URL
    title: str = ""
    tags: tuple[str, ...] = ()
    date: str = ""
    category: str = ""
    pictures: tuple[Picture, ...] = ()
    """Where there are none, all that the page shows and `Listed.images` describes."""


class Listed(Declared):
    """What a person found on a rights holder's own site: the content of a declaration."""

    kind: Literal["listed"]
    creator: str = ""
    licence: Licence
    notice_page: _URL | Literal[""] = ""
    """Where the rights holder says that the pictures are free; empty: nobody has found it yet."""
    notice: tuple[_SENTENCE, ...] = ()
    """What is said there, block by block. All of it must be there; none: nobody has read it yet."""
    hosts: frozenset[_HOST] = frozenset()
    image_hosts: frozenset[_HOST] = frozenset()
    requests_per_second: float = Field(default=0.5, gt=0, le=10)
    images: tuple[str, ...] = ()
    """Patterns of the addresses of pictures, for pages whose pictures are not listed one by one."""
    pages: tuple[ListedPage, ...] = ()

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        unconditional([self.licence])
        pictures = [picture.url for page in self.pages for picture in page.pictures]
        if len({page.url for page in self.pages}) < len(self.pages):
            raise ValueError("a page is listed twice")
        if len(set(pictures)) < len(pictures):
            raise ValueError("a picture is listed twice")
        for url in (self.notice_page, *(page.url for page in self.pages)):
            if url and host_of(url) not in self.hosts:
                raise ValueError(f"{url} is on none of the hosts")
        for url in pictures:
            if host_of(url) not in self.image_hosts:
                raise ValueError(f"{url} is on none of the image_hosts")
        return self

    def source(self, sha256: str) -> ListedCollection:
        """The collection."""
        return ListedCollection(self, sha256)


class ListedCollection(WebSource):
    """One listed page is one record; its pictures are the parts."""

    def __init__(self, declaration: Listed, sha256: str | None = None) -> None:
        """`sha256`: of the file the declaration was read from; None where there is no file."""
        self.declaration = declaration
        self.declaration_sha256 = sha256
        self.spec = SourceSpec(
            id=declaration.id,
            institution=declaration.institution,
            homepage=declaration.homepage,
            terms=tuple(filter(None, dict.fromkeys((declaration.notice_page, *declaration.terms)))),
            may_claim=frozenset({declaration.licence}),
            grade=Grade.E2,
            metadata_hosts=declaration.hosts,
            image_hosts=declaration.image_hosts,
            requests_per_second=declaration.requests_per_second,
            caption_licence=declaration.caption_licence,
            attribution=declaration.attribution,
            basis=declaration.basis,
            unverified=declaration.unverified,
            needs=declaration.needs,
            rule_version=declaration.rule_version,
        )
        self._pages = {page.url: page for page in declaration.pages}
        self._images = any_of(declaration.images)

    def listing(self, reader: WebReader, after: str | None = None) -> Iterator[Page]:
        """The listed pages in their order; the cursor is the number of those behind it. Raises SourceError for none."""
        urls = list(self._pages)
        if not urls:
            raise SourceError(f"{self.spec.id}: no page is listed yet", advice=f"it needs {self.spec.needs}")
        for start in range(int(after or 0), len(urls), PAGE):
            batch = urls[start : start + PAGE]
            bodies = tuple(reader.each(batch, MediaType.HTML))
            yield Page(bodies, cursor=str(start + len(batch)), total=len(urls), listed=len(batch))

    def records(self, page: Page) -> Iterable[Record]:
        """One for each page; its id is its address."""
        return [Record(address_of(body) or body.locator, body, context=page.context) for body in page.bodies]

    def images(self, record: Record) -> Sequence[ImageRef]:
        """The pictures that are listed, or those that the page shows and the declaration describes."""
        page = self._pages.get(record.id)
        if page is None:
            raise RuleRefusal(Reason.OUT_OF_SCOPE, record.whole())
        return [
            ImageRef(
                part=picture.url.removeprefix("https://"),
                url=picture.url,
                title=picture.title or page.title,
                creator=self.declaration.creator,
                date=picture.date or page.date,
                tags=picture.tags or page.tags,
                category=page.category,
                landing_url=page.url,
            )
            for picture in page.pictures or self._shown(record, page)
        ]

    def licence(self, record: Record, image: ImageRef) -> Verdict:
        """What the notice grants, for a picture that its page shows, unless the pages link to another licence."""
        shown = record.quote(_shows(record.id, image.url))
        deeds = record.quote(DEEDS, missing_ok=True)
        page = self.declaration.notice_page
        if not self.declaration.notice or page not in record.context:
            return Refusal(Reason.NO_STATEMENT, (shown, deeds))
        notice = [record.quote(f"text:{words}", of=page, missing_ok=True) for words in self.declaration.notice]
        around = record.quote(DEEDS, of=page, missing_ok=True)
        evidence: tuple[Evidence, ...] = (shown, deeds, *notice, around)
        if any(each.value is None for each in notice):
            return Refusal(Reason.NO_STATEMENT, evidence)
        if (linked(deeds) | linked(around)) - {self.declaration.licence}:
            return Refusal(Reason.CONFLICT, evidence)
        for of in ("", page):
            if self._reserved(record, of):
                return Refusal(Reason.CONFLICT, (*evidence, record.quote(WORDS, of=of)))
        return self.claim(self.declaration.licence, *evidence)

    def saved(self, bodies: Sequence[Body]) -> Iterable[Page]:
        """Saved pages beside the notice, where that was saved too; pages are known by what they say of themselves."""
        return beside(bodies, self.spec.terms)

    def _reserved(self, record: Record, of: str) -> bool:
        people = (self.declaration.creator, self.declaration.institution)
        return any(reserves_for_others(words, people, self.declaration.notice) for words in said(record, of))

    def _shown(self, record: Record, page: ListedPage) -> Iterator[Picture]:
        found = dict.fromkeys(joined(page.url, src) for src in record.texts(f"//img{VISIBLE}/@src"))
        for url in found:
            fit = re.fullmatch(_ADDRESS, url) and host_of(url) in self.spec.image_hosts
            if fit and self._images.fullmatch(url):
                yield Picture.model_construct(url=url)


def _shows(page: str, picture: str) -> str:
    """Where a page names a picture: by its address, or by what is left of it on the page's own host."""
    forms = [picture, picture.removeprefix("https:")]
    if host_of(picture) == host_of(page):
        forms.append(f"/{picture.removeprefix('https://').partition('/')[2]}")
    either = " or ".join(f".='{form}'" for form in forms)
    return f"{SHOWN}[{either}]"
