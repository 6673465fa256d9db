"""
Tokens: pictures that a contract on Ethereum points to, and that their artists gave away in words of their own.

Reference: https://eips.ethereum.org/EIPS/eip-721 (tokenURI and its JSON)

What is said, and how we read it:

* The licence stands nowhere on the chain: the JSON behind `tokenURI` has no such field. It is one sentence on a page of
  the artists. A person who has read it there names page and sentence in the declaration, and the captured page must
  still say exactly that. What others say that the artists said is nothing. Most shipped declarations have no sentence
  yet, because nobody here has read it: they claim nothing.
* Which picture a token is, the contract says, at some block. Either the record states chain, contract, block and
  `tokenURI` itself (an export, see manifests/FORMAT.md), or the declaration does, and the record is the JSON found so.
* Metadata can be exchanged under the same ids; in January 2023 goblintown's whole art became one picture. So a token is
  claimed only beside others that have other pictures: no two of a page may share one.
* The picture must be named by a content address, so that bytes from any gateway can be checked; a marketplace's copy
  cannot be. A token that speaks of a licence of its own is looked at by a person.
* Trait lists, marketplace rows and pools that others made tell which pictures there are, and no rights.

Look-alike collections bear the same names, so a name is no evidence of anything.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import islice
from typing import Annotated, Final, Literal

from pydantic import Field, field_validator, model_validator

from mitsua_data.content_address import SCHEME, address, parse
from mitsua_data.licences import Licence
from mitsua_data.model import Evidence, Grade, ImageRef, MediaType, Reason, Refusal, Verdict
from mitsua_data.sources.answers import last_of
from mitsua_data.sources.base import (
    DUMP,
    Body,
    DumpReader,
    Page,
    Record,
    RuleRefusal,
    SourceError,
    SourceSpec,
    WebReader,
    WebSource,
)  # fmt: skip
from mitsua_data.sources.declaration import Declared, unconditional
from mitsua_data.sources.tokens import (
    FIRST,
    LAST,
    NUMBER,
    TWIN,
    Form,
    bears,
    form_of,
    picture_of,
    pictures_beside,
    records_in,
    rights_of_its_own,
    same_picture,
    stated_number,
    tags_of,
    twins,
)  # fmt: skip

PAGE: Final = 50
"""Tokens on one page."""
_HOST = Annotated[str, Field(pattern=r"^[a-z0-9-]+(\.[a-z0-9-]+)+$")]


class NftDeclaration(Declared):
    """What a person states of one collection of tokens after looking at it."""

    kind: Literal["nft"]
    creator: str = ""
    licence: Licence = Licence.CC0_1_0
    grade: Grade = Grade.E2
    statement: str = ""
    """URL of the artists' page with the sentence; captured in each crawl. Empty: none is known, nothing is claimed."""
    sentence: str = ""
    """What the page says, one line of it to the letter. Empty: nobody has read it, nothing is claimed."""
    chain: int = Field(default=1, ge=1)
    """EIP-155 number of the chain; 1 is Ethereum."""
    contract: str = Field(default="", pattern=r"^(0x[0-9a-f]{40})?$")
    block: int | None = Field(default=None, ge=1)
    """The block at which the contract's `tokenURI` was read and found to be `metadata`, the id and `suffix`."""
    metadata: str = Field(default="", pattern=r"^(ipfs://.+/)?$")
    suffix: str = Field(default="", pattern=r"^[.a-z]*$")
    first: int = Field(default=0, ge=0)
    last: int | None = Field(default=None, ge=0)
    """The ids, first and last of an unbroken row; without `last`, tokens are read from exports only."""
    gateways: tuple[_HOST, ...] = Field(min_length=1)
    """Hosts that serve `https://HOST/ipfs/CID`, in the order in which they are tried."""
    exclude: tuple[str, ...] = ()
    """Trait types whose bearers are left out: pictures that may show other people's characters."""
    tags: tuple[str, ...] = ()
    """Trait types whose values are plain words, for captions."""

    @field_validator("licence")
    @classmethod
    def _unconditional(cls, licence: Licence) -> Licence:
        unconditional([licence])
        return licence

    @model_validator(mode="after")
    def _whole(self) -> NftDeclaration:
        if self.sentence and not self.statement:
            raise ValueError("a sentence needs the page it stands on: statement")
        if self.metadata and address(self.metadata.rstrip("/")) is None:
            raise ValueError(f"metadata: {self.metadata!r} has no content identifier that is known here")
        return self

    @property
    def claimable(self) -> bool:
        """Whether somebody has read the artists' words, and knows the contract."""
        return bool(self.sentence and self.contract)

    def source(self, sha256: str) -> Nft:
        """The collection."""
        return Nft(self, sha256)


class _Tokens(WebSource):
    """What one collection and all of them together share: one token is one record with one image."""

    joins = True  # a token is judged beside others of its page
    collections: tuple[NftDeclaration, ...]

    def records(self, page: Page) -> Iterable[Record]:
        """One for each token of each body; its id is the token's number."""
        wholes = (Record(body.locator, body, context=page.context) for body in page.bodies)
        records = [record for whole in wholes for record in records_in(whole)]
        twin = twins(records)
        for place, record in enumerate(records):
            context = {**page.context, TWIN: twin[place].body} if place in twin else page.context
            yield replace(record, id=self._number(record), context=context)

    def images(self, record: Record) -> Sequence[ImageRef]:
        """What `image` names. Bare identifiers in other people's lists are written as addresses."""
        form = form_of(record)
        if form is None:
            raise RuleRefusal(Reason.UNREADABLE, record.quote("", missing_ok=True))
        picture = record.quote(picture_of(record), missing_ok=form is Form.COPY)
        if picture.value is None:
            return ()
        if not isinstance(picture.value, str) or not picture.value:
            raise RuleRefusal(Reason.UNKNOWN_VALUE, picture)
        url = f"{SCHEME}{picture.value}" if parse(picture.value) else picture.value
        known = None if form is Form.COPY else self._collection(record)
        metadata = form.metadata
        return (
            ImageRef(
                part="image",
                url=url,
                title=record.text(f"{metadata}/name"),
                creator=known.creator if known else "",
                tags=tags_of(record.seen(f"{metadata}/attributes"), known.tags if known else ()),
                landing_url=record.text(f"{metadata}/external_url"),
                description=record.text(f"{metadata}/description"),
            ),
        )

    def licence(self, record: Record, image: ImageRef) -> Verdict:
        """The declared licence, if the artists' page says the sentence, and the contract leads to this picture."""
        picture = record.quote(picture_of(record), missing_ok=True)
        if form_of(record) is Form.COPY:
            return Refusal(Reason.NO_STATEMENT, (picture,))
        known = self._collection(record)
        if known is None:
            return _nobodys(record, picture)
        if not known.claimable or known.statement not in record.context:
            return Refusal(Reason.NO_STATEMENT, (picture,))
        said = _words(record.context[known.statement], known.sentence)
        sentence = record.quote(said, of=known.statement, missing_ok=True)
        if sentence.value is None:
            return Refusal(Reason.NO_STATEMENT, (sentence, picture))
        pointed = tuple(_pointed(record, known))
        evidence = (sentence, *pointed, picture)
        if address(image.url) is None:
            return Refusal(Reason.UNKNOWN_VALUE, evidence)
        traits, excluded = bears(record, known.exclude)
        evidence = (*evidence, *((traits,) if traits else ()))
        if excluded:
            return Refusal(Reason.EXCLUDED, evidence)
        if others := tuple(rights_of_its_own(record, known.licence)):
            return Refusal(Reason.CONFLICT, (*evidence, *others))
        beside = tuple(pictures_beside(record))
        if any(same_picture(other.value, picture.value) for other in beside):
            return Refusal(Reason.CONFLICT, (*evidence, *beside))
        return self.claim(known.licence, *evidence, *beside)

    def saved(self, bodies: Sequence[Body]) -> Iterable[Page]:
        """One page for each body; a text that says an artists' sentence stands for their page, beside the others."""
        said = {known.statement: body for known in self.collections for body in bodies if _says(body, known.sentence)}
        single = [body for body in bodies if form_of(Record("", body)) is not None]
        context = {**said, FIRST: single[0], LAST: single[-1]} if single else said
        held = [body for body in bodies if body not in said.values()]
        return [Page((body,), context=context) for body in held or bodies]

    def _collection(self, record: Record) -> NftDeclaration | None:
        """By the contract that an export names, or by the place where metadata was found."""
        if form_of(record) is Form.EXPORT:
            contract = record.text("/contract").lower()
            return next((each for each in self.collections if each.contract and each.contract == contract), None)
        at = record.body.locator
        return next((each for each in self.collections if each.metadata and at.startswith(each.metadata)), None)

    def _number(self, record: Record) -> str:
        """The number in its address, else the one that it states, else the one behind `#` in its name."""
        at, known = record.body.locator, self._collection(record)
        if known is not None and known.metadata and at.startswith(known.metadata):
            return at.removeprefix(known.metadata).removesuffix(known.suffix)
        stated, name = stated_number(record), record.text("/name").rpartition("#")[2].strip()
        if form_of(record) is Form.COPY:
            return f"{record.body.name or at}/{stated}" if stated else f"{at}{record.base}"
        return stated or (name if NUMBER.fullmatch(name) else f"{at}{record.base}")


class Nft(_Tokens):
    """One collection, as its declaration describes it."""

    def __init__(self, declaration: NftDeclaration, sha256: str | None = None) -> None:
        """`sha256`: of the file the declaration was read from; None where there is no file."""
        self.declaration = declaration
        self.declaration_sha256 = sha256
        self.collections = (declaration,)
        self.spec = SourceSpec(
            id=declaration.id,
            institution=declaration.institution,
            homepage=declaration.homepage,
            terms=tuple(filter(None, (declaration.statement, *declaration.terms))),
            may_claim=frozenset({declaration.licence}),
            grade=declaration.grade,
            metadata_hosts=frozenset(declaration.gateways),
            image_hosts=frozenset(declaration.gateways),
            gateways=declaration.gateways,
            caption_licence=declaration.caption_licence,
            attribution=declaration.attribution,
            basis=declaration.basis,
            unverified=declaration.unverified,
            dump="exports of tokens: JSON or JSON lines, see manifests/FORMAT.md",
            needs=declaration.needs,
            rule_version=declaration.rule_version,
        )

    def listing(self, reader: WebReader, after: str | None = None) -> Iterator[Page]:
        """The JSON of one id after another; the cursor is the last id of a page. Raises SourceError without ids."""
        known = self.declaration
        if known.last is None or not known.metadata:
            advice = f"export its tokens from a node (see manifests/FORMAT.md) and name them: {known.id} --from FILE"
            raise SourceError(f"{known.id}: where its metadata lies is not declared", advice=advice)
        ids = iter(range(known.first if after is None else int(after) + 1, known.last + 1))
        while batch := list(islice(ids, PAGE)):
            batch += islice(ids, 1) if batch[-1] + 1 == known.last else ()  # alone, the last one could not be claimed
            urls = (f"{known.metadata}{number}{known.suffix}" for number in batch)
            bodies = tuple(reader.each(urls, MediaType.JSON))
            beside = {FIRST: bodies[0], LAST: bodies[-1]} if bodies else {}
            total = known.last + 1 - known.first
            yield Page(bodies, cursor=str(batch[-1]), context=beside, total=total, listed=len(batch))

    def dumped(self, dump: DumpReader, after: str | None = None) -> Iterator[Page]:
        """Exports, slice by slice; the cursor is the last slice's name and number."""
        names = list(dump.names())
        at, _, number = (after or "").rpartition("?")
        for name in names[names.index(at) if at in names else 0 :]:
            first = {FIRST: body for body in islice(dump.slices(name, size=PAGE), 1)}  # noqa: B035  # one, or none
            for body in dump.slices(name, after=int(number) if name == at else 0, size=PAGE):
                context = {DUMP: dump.index(), **first}
                yield Page((body,), cursor=f"{name}?{last_of(body)}", context=context)

    def _collection(self, record: Record) -> NftDeclaration | None:
        """The declared one, unless the record names another contract."""
        known = self.declaration
        return super()._collection(record) if known.contract and form_of(record) is Form.EXPORT else known


class AnyNft(_Tokens):
    """All declared collections: for looking at records of which it is not known whose they are."""

    def __init__(self, declarations: Sequence[NftDeclaration]) -> None:
        self.collections = tuple(declarations)
        names = ", ".join(each.id for each in declarations)
        gateways = tuple(dict.fromkeys(host for each in declarations for host in each.gateways))
        self.spec = SourceSpec(
            id="nft",
            institution="any declared collection of tokens",
            homepage="https://eips.ethereum.org/EIPS/eip-721",
            may_claim=frozenset(each.licence for each in declarations),
            grade=max((each.grade for each in declarations), key=lambda grade: grade.rank),
            metadata_hosts=frozenset(gateways),
            image_hosts=frozenset(gateways),
            gateways=gateways,
            basis="the artists' own statement, captured, and the content address that the contract leads to",
            needs=f"to be crawled by its collections: {names}",
        )

    def listing(self, reader: WebReader, after: str | None = None) -> Iterator[Page]:  # noqa: ARG002
        """Raises SourceError: a crawl is of one collection."""
        names = " ".join(each.id for each in self.collections)
        raise SourceError("nft stands for several collections", advice=f"crawl them: mitsua crawl {names}")


# --- what a record says --------------------------------------------------------------------------------------------


def _pointed(record: Record, known: NftDeclaration) -> Iterator[Evidence]:
    """The contract's word on where the metadata is. Raises RuleRefusal where nothing states it, or it is another."""
    if form_of(record) is Form.METADATA:
        if known.block is None or not known.metadata or not record.body.locator.startswith(known.metadata):
            raise RuleRefusal(Reason.UNREADABLE, record.quote("/block", missing_ok=True))
        return
    yield record.quote("/chain_id", among=(known.chain,))
    yield record.quote("/contract")
    block, token, uri = record.quote("/block"), record.quote("/token_id"), record.quote("/token_uri")
    if not isinstance(block.value, int) or isinstance(block.value, bool) or block.value < 1:
        raise RuleRefusal(Reason.UNKNOWN_VALUE, block)
    if not isinstance(uri.value, str) or not NUMBER.fullmatch(stated_number(record)):
        raise RuleRefusal(Reason.UNKNOWN_VALUE, token, uri)
    if known.metadata and uri.value != f"{known.metadata}{stated_number(record)}{known.suffix}":
        raise RuleRefusal(Reason.CONFLICT, token, uri)
    yield from (block, token, uri)


def _nobodys(record: Record, picture: Evidence) -> Refusal:
    """Why a record of none of the collections is refused: another contract, or none is named."""
    contract = record.quote("/contract", missing_ok=True)
    return Refusal(Reason.UNREADABLE if contract.value is None else Reason.OUT_OF_SCOPE, (contract, picture))


def _words(page: Body, sentence: str) -> str:
    """The pointer to a sentence: one block of a web page, or one line of a text, says exactly this."""
    return f"text:{sentence}" if page.media_type is MediaType.HTML else f"line:{sentence}"


def _says(page: Body, sentence: str) -> bool:
    texts = page.media_type in {MediaType.HTML, MediaType.TEXT}
    return texts and bool(sentence) and Record("", page).seen(_words(page, sentence)) is not None
