"""A source for tests alone: a list in pages, an object a request, one page of terms, a dump, and increments."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from mitsua_data.licences import Licence
from mitsua_data.model import Grade, ImageRef, MediaType, Reason, Refusal, Verdict
from mitsua_data.sources.base import DUMP, DumpReader, Page, Record, SourceSpec, WebReader, WebSource
from tests.sources.replay import Answer

HOST, IMAGES = "press.example", "images.press.example"
TERMS = f"https://{HOST}/terms"
PER_PAGE = 4


class Press(WebSource):
    """CC0 where `free` is true."""

    spec = SourceSpec(
        id="press",
        institution="The Press",
        homepage=f"https://{HOST}/",
        terms=(TERMS,),
        may_claim=frozenset({Licence.CC0_1_0}),
        grade=Grade.E3,
        metadata_hosts=frozenset({HOST}),
        image_hosts=frozenset({IMAGES}),
        requests_per_second=500.0,
        caption_licence=Licence.CC0_1_0,
        dump="works.json",
        increments=True,
    )

    def listing(self, reader: WebReader, after: str | None = None) -> Iterator[Page]:
        number = int(after or 0)
        last = number + 1
        while number < last:
            number += 1
            since = "" if reader.since is None else f"&since={reader.since}"
            body = reader.get(f"https://{HOST}/list?page={number}{since}", MediaType.JSON)
            answer = Record(body.locator, body)
            pages, ids = answer.quote("/pages").value, answer.texts("/ids")
            last = pages if isinstance(pages, int) else 0
            works = tuple(reader.each((f"https://{HOST}/works/{each}" for each in ids), MediaType.JSON))
            yield Page((body, *works), str(number), total=last * PER_PAGE, listed=len(ids))

    def dumped(self, dump: DumpReader, after: str | None = None) -> Iterator[Page]:
        for body in dump.slices("works.json", after=int(after or 0), size=PER_PAGE):
            listed = Record("", body).length()
            last = body.name.rpartition("-")[2]
            yield Page((body,), last, context={DUMP: dump.index()}, listed=listed)

    def records(self, page: Page) -> Iterable[Record]:
        for body in page.bodies:
            whole = Record(body.locator, body, context=page.context)
            if isinstance(whole.value("/ids"), list):
                continue
            length = whole.length()
            for base in [""] if length is None else [f"/{number}" for number in range(length)]:
                record = replace(whole, base=base)
                yield replace(record, id=record.text("/id") or f"{body.locator}{base}")

    def images(self, record: Record) -> Sequence[ImageRef]:
        return (
            ImageRef("image", f"https://{IMAGES}/images/{record.quote('/id').value}.png", title=record.text("/title")),
        )

    def licence(self, record: Record, image: ImageRef) -> Verdict:
        flag = record.quote("/free", among=(True, False))
        if flag.value is not True:
            return Refusal(Reason.NOT_OPEN, (flag,))
        return self.claim(Licence.CC0_1_0, flag, grade=Grade.E3 if DUMP in record.context else Grade.E2)


def works(count: int) -> list[dict[str, Any]]:
    """So many works; every fifth is not free."""
    return [{"id": f"w{n:03}", "title": f"Print {n}", "free": n % 5 != 0} for n in range(1, count + 1)]


def site(made: Sequence[Mapping[str, Any]]) -> dict[str, Answer]:
    """The server's answers."""
    pages = max(1, -(-len(made) // PER_PAGE))
    found = {"/terms": Answer.html()}
    for number in range(pages):
        ids = [work["id"] for work in made[number * PER_PAGE : (number + 1) * PER_PAGE]]
        found[f"/list?page={number + 1}"] = Answer.json({"pages": pages, "ids": ids})
    return found | {f"/works/{work['id']}": Answer.json(dict(work)) for work in made}
