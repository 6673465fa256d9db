"""
The Drawn Museum: pictures that this project draws itself, served on loopback in the form of a museum's API.

Reference: `mitsua_data/demo/museum.py`, which is the museum. Its host has a reserved name (RFC 2606), so a crawl needs
`--base-url`, the address of a running one.

What the museum says, and how we read it:

* `rights.openAccess` is its word on one image. Only `true` is consent; anything but true and false is unknown.
* `rights.licence` is a licence URI, and must name CC0.
* `rights.credit` names another rights holder. Where it is not empty, the two disagree, and a person must look.
* The policy page says what `openAccess` means. Without that sentence the flag means nothing.
* `image` is null where an object has not been photographed.
* The list is paged; a listed object can be gone, which is answered with 404, in words that do not name it. So an
  object is known by the address it was asked for under, and an answer that names another is not understood.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from mitsua_data.licences import Licence, from_uri
from mitsua_data.model import Grade, ImageRef, MediaType, Reason, Refusal, Verdict
from mitsua_data.sources.base import Page, Record, RuleRefusal, SourceSpec, WebReader, WebSource

HOST: Final = "drawn-museum.example"
LIST: Final = f"https://{HOST}/api/objects?page="
OBJECT: Final = f"https://{HOST}/api/objects/"
POLICY: Final = f"https://{HOST}/policy"
MEANING: Final = "line:Images of objects marked openAccess are dedicated to the public domain under CC0 1.0."
"""The sentence of the policy page that gives the flag its meaning."""


class DrawnMuseum(WebSource):
    """A list in pages, one GET for each object on it, and one for the policy page."""

    spec = SourceSpec(
        id="drawn_museum",
        institution="The Drawn Museum (this project's own)",
        homepage=f"https://{HOST}/",
        terms=(POLICY,),
        may_claim=frozenset({Licence.CC0_1_0}),
        grade=Grade.E2,
        metadata_hosts=frozenset({HOST}),
        image_hosts=frozenset({HOST}),
        requests_per_second=500.0,  # it is our own server, on the same machine
        caption_licence=Licence.CC0_1_0,
        basis="the museum's flag on each object (openAccess), its licence URI, and the sentence of its policy page",
        needs="--base-url, the address of a running Drawn Museum",
        rule_version=2,
    )

    def listing(self, reader: WebReader, after: str | None = None) -> Iterator[Page]:
        """One page for each page of the list; the cursor is its number."""
        number = 1 if after is None else int(after) + 1
        last = number
        while number <= last:
            body = reader.get(f"{LIST}{number}", MediaType.JSON)
            if after is not None and body.exchange is not None and body.exchange.status == 404:
                return  # the crawl that is taken up had come to the end
            listing = Record(body.locator, body)
            last = _number(listing)
            names = listing.texts("/objects")
            objects = tuple(reader.each((f"{OBJECT}{name}" for name in names), MediaType.JSON))
            yield Page((body, *objects), cursor=str(number), total=last * len(names), listed=len(names))
            number += 1

    def records(self, page: Page) -> Iterable[Record]:
        """One for each object. A list is none, unless it cannot be read: then it is one that is refused."""
        for body in page.bodies:
            record = Record(body.locator, body, context=page.context)
            if not isinstance(record.seen("/objects"), list):
                yield Record(_name(record), body, context=page.context)

    def images(self, record: Record) -> Sequence[ImageRef]:
        """The one image, unless `image` is null."""
        record.quote("/id", among=(record.id,))
        if record.quote("/image").value is None:
            return ()
        url = record.quote("/image/url")
        if not isinstance(url.value, str):
            raise RuleRefusal(Reason.UNKNOWN_VALUE, url)
        return (
            ImageRef(
                part="image",
                url=url.value,
                title=record.text("/title"),
                creator=record.text("/creator"),
                date=record.text("/date"),
                tags=record.texts("/tags"),
                category=record.text("/classification"),
                landing_url=record.text("/url"),
            ),
        )

    def licence(self, record: Record, image: ImageRef) -> Verdict:
        """CC0 if the flag is true, the licence is CC0, nobody else is credited, and the policy tells what it means."""
        flag = record.quote("/rights/openAccess", among=(True, False))
        if flag.value is not True:
            return Refusal(Reason.NOT_OPEN, (flag,))
        licence = record.quote("/rights/licence")
        credit = record.quote("/rights/credit")
        meaning = record.quote(MEANING, of=POLICY)
        evidence = (flag, licence, credit, meaning, record.quote("/image/url", among=(image.url,)))
        if credit.value != "":
            return Refusal(Reason.CONFLICT, evidence)
        found = from_uri(licence.value) if isinstance(licence.value, str) else None
        if found is None:
            return Refusal(Reason.UNKNOWN_LICENCE, evidence)
        return self.claim(found, *evidence)


def _name(record: Record) -> str:
    """The object's id by its address; of a saved file, by what it says."""
    locator = record.body.locator
    return locator.removeprefix(OBJECT) if locator.startswith(OBJECT) else record.text("/id") or locator


def _number(listing: Record) -> int:
    """How many pages the list says it has; 0 where it cannot be read, so that the crawl ends there."""
    value = listing.seen("/pages")
    return value if isinstance(value, int) else 0
