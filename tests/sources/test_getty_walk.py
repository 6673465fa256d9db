"""The Getty Museum: the stream of activities, and the whole way over the web on loopback."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from mitsua_data.audit.rules import Reproduced
from mitsua_data.sources.base import judge_page
from mitsua_data.sources.getty import IMAGE, OBJECT, STREAM
from mitsua_data.sources.readers import NoAnswer
from tests.sources.auditing import Shelf, replays
from tests.sources.replay import Answer, crawled, serve, verdicts, walk_every_way
from tests.sources.test_getty import CC0, GETTY, IN_COPYRIGHT, NOC_US, changed, image_record, object_record, uuid

ACTIVITIES: dict[int, list[tuple[str, int, str]]] = {
    1: [("Create", each, f"2025-01-0{each}T00:00:00") for each in range(1, 7)],
    2: [
        ("Update", 2, "2025-06-01T00:00:00"),
        ("Delete", 3, "2025-06-02T00:00:00"),
        ("Delete", 4, "2025-06-02T01:00:00"),
    ],
    4: [
        ("Create", 4, "2026-02-01T00:00:00"),
        ("Update", 5, "2026-02-02T00:00:00"),
        ("Update", 5, "2026-02-03T00:00:00"),
    ],
}
"""Page → what happened to which object, and when; object 3 was deleted, object 4 came back; page 3 has no entries."""
SHOWN = {1: (11,), 2: (21, 22), 3: (31,), 4: (41,), 5: (11, 51), 6: ()}
RIGHTS = {22: NOC_US, 41: IN_COPYRIGHT}


def stream_page(number: int, pages: dict[int, list[tuple[str, int, str]]]) -> dict[str, Any]:
    items = [
        {"id": f"{STREAM}/{when}", "type": what, "created": when, "endTime": when,
         "object": {"id": OBJECT + uuid(each), "type": "HumanMadeObject"}}
        for what, each, when in pages.get(number, [])
    ]  # fmt: skip
    place = {"prev": {"id": f"{STREAM}/page/{number - 1}"}} if number > 1 else {}
    return {"type": "OrderedCollectionPage", "id": f"{STREAM}/page/{number}", "orderedItems": items, **place}


def record_at(url: str, pages: dict[int, list[tuple[str, int, str]]] = ACTIVITIES) -> dict[str, Any] | None:
    last = max(pages)
    if url == STREAM:
        return {"type": "OrderedCollection", "totalItems": 12, "last": {"id": f"{STREAM}/page/{last}"}}
    if url.startswith(f"{STREAM}/page/"):
        return stream_page(int(url.rpartition("/")[2]), pages)
    number = int(url.rpartition("/")[2].partition("-")[0], 16)
    if url.startswith(IMAGE):
        return image_record(number, RIGHTS.get(number, CC0))
    return (
        None
        if number == 3
        else changed(object_record(number), {"shows": [{"id": IMAGE + uuid(each)} for each in SHOWN[number]]})
    )


def site(target: str) -> Answer | None:
    if target.startswith("/projects/"):
        return Answer.html()
    if not target.startswith(("/museum/", "/media/")):
        return None
    found = record_at(f"https://data.getty.edu{target}")
    return Answer.json(found) if found else Answer.json({"errors": [{"status": 404, "title": "Record Not Found"}]}, 404)


WALKED = {
    f"getty:{uuid(5)}#{uuid(11)}": ("claim", "CC0-1.0"),
    f"getty:{uuid(5)}#{uuid(51)}": ("claim", "CC0-1.0"),
    f"getty:{uuid(4)}#{uuid(41)}": ("refusal", "not_open"),
    f"getty:{uuid(2)}#{uuid(21)}": ("claim", "CC0-1.0"),
    f"getty:{uuid(2)}#{uuid(22)}": ("claim", "LicenseRef-NoC-US"),
    f"getty:{uuid(3)}#": ("refusal", "unreadable"),
    f"getty:{uuid(1)}#{uuid(11)}": ("claim", "CC0-1.0"),
    f"getty:{uuid(6)}#": ("refusal", "no_image"),
}


def test_the_museum_is_walked_every_way(tmp_path: Path) -> None:
    assert walk_every_way(GETTY, site, tmp_path, claims=5, refusals=3) == WALKED


def test_a_vocabulary_that_changed_is_noticed(tmp_path: Path) -> None:
    """One image's right is said in new words; nothing else changes."""

    def other(target: str) -> Answer | None:
        if target.endswith(uuid(21)):
            return Answer.json(image_record(21, "https://data.getty.example/vocab/free"))
        return site(target)

    with serve(other) as changed_site:
        crawled(GETTY, changed_site, tmp_path)
    assert verdicts(tmp_path) == WALKED | {f"getty:{uuid(2)}#{uuid(21)}": ("refusal", "unknown_value")}


def shelf(
    since: date | None = None, pages: dict[int, list[tuple[str, int, str]]] = ACTIVITIES, lost: str = ""
) -> Shelf:
    def answer(url: str) -> bytes | None:
        if urlsplit(url).path.startswith("/projects/"):
            return b"<p>Terms."
        found = None if lost and url.endswith(lost) else record_at(url, pages)
        gone = b'{"errors":[{"status":404}]}' if url == OBJECT + uuid(3) else None
        return json.dumps(found).encode() if found else gone

    return Shelf(answer, since)


def test_an_audit_reproduces_every_claim_from_what_it_quotes() -> None:
    found = replays(GETTY, list(GETTY.pages(shelf())))
    assert len(found) == 5
    assert [str(each.id) for each, replay in found if not isinstance(replay, Reproduced)] == []


def test_an_object_is_asked_for_once_and_one_that_cannot_be_had_is_missed_once() -> None:
    reader = shelf()
    pages = list(GETTY.listing(reader))
    assert [page.listed for page in pages] == [2, 0, 2, 2]
    objects = [url for url in reader.asked if url.startswith(OBJECT)]
    assert len(objects) == len(set(objects)) == 6
    # Without one of its images the whole object is left for another time, and its other images are not asked for.
    reader = shelf(lost=uuid(21))
    pages = list(GETTY.listing(reader))
    assert [(page.listed, len(list(GETTY.records(page)))) for page in pages] == [(2, 2), (0, 0), (2, 1), (2, 2)]
    assert IMAGE + uuid(22) not in reader.asked


def test_what_happens_during_a_crawl_is_left_to_the_next() -> None:
    (first, *_), whole = GETTY.listing(shelf()), list(GETTY.listing(shelf()))
    later = ACTIVITIES | {
        4: [*ACTIVITIES[4], ("Update", 1, "2026-05-01T00:00:00")],
        5: [("Update", 2, "2026-05-02T00:00:00")],
    }
    reader = shelf(pages=later)
    rest = list(GETTY.listing(reader, first.cursor))
    assert [page.cursor for page in rest] == [page.cursor for page in whole[1:]]
    assert [[record.id for record in GETTY.records(page)] for page in (first, *rest)] == [
        [uuid(5), uuid(4)], [], [uuid(3), uuid(2)], [uuid(6), uuid(1)],
    ]  # fmt: skip


def test_what_changed_since_a_day_is_asked_for_and_older_pages_are_not() -> None:
    reader = shelf(date(2025, 6, 2))
    found = [record.id for page in GETTY.listing(reader) for record in GETTY.records(page)]
    assert found == [uuid(5), uuid(4), uuid(3)]
    assert [url for url in reader.asked if url.startswith(STREAM)] == [
        STREAM, f"{STREAM}/page/4", f"{STREAM}/page/3", f"{STREAM}/page/2", f"{STREAM}/page/1",
    ]  # fmt: skip


@pytest.mark.parametrize(
    "bodies",
    [
        pytest.param([{"errors": [{"status": 404}]}], id="no-stream"),
        pytest.param([{"last": {"id": "https://evil.example/page/9"}}], id="a-stream-elsewhere"),
        pytest.param([{"last": {"id": f"{STREAM}/page/9"}}, {"errors": []}], id="a-page-that-is-none"),
        pytest.param([{"last": {"id": f"{STREAM}/page/9"}}, {"orderedItems": [], "prev": {"id": f"{STREAM}/page/9"}}],
                     id="a-page-before-itself"),
    ],
)  # fmt: skip
def test_a_stream_that_is_none_ends_the_crawl(bodies: list[Any]) -> None:
    left = iter(bodies)
    with pytest.raises(NoAnswer):
        list(GETTY.listing(Shelf(lambda _: json.dumps(next(left)).encode())))


@pytest.mark.parametrize(
    "item",
    [
        None,
        7,
        {},
        {"object": "x"},
        {"object": {"id": 7}, "endTime": "2026"},
        {"object": {"id": OBJECT}, "endTime": "2026"},
    ],
)
def test_activities_on_anything_else_are_passed_over(item: Any) -> None:
    left = iter([{"last": {"id": f"{STREAM}/page/1"}}, {"orderedItems": [item]}])
    (page,) = GETTY.listing(Shelf(lambda _: json.dumps(next(left)).encode()))
    assert (page.listed, list(judge_page(GETTY, page))) == (0, [])


def test_times_are_compared_by_their_offsets_and_one_that_cannot_be_read_is_new() -> None:
    pages = {1: [
        ("Create", 1, "2026-01-01T00:30:00+02:00"),
        ("Create", 2, "2025-12-31T23:30:00-02:00"),
        ("Create", 5, "2025-12-31T23:30:00.5Z"),
    ]}  # fmt: skip

    def answer(url: str) -> bytes | None:
        found = record_at(url, pages)
        if url.startswith(f"{STREAM}/page/") and found is not None:
            found["orderedItems"].append({"endTime": 17, "object": {"id": OBJECT + uuid(6)}})
            found["orderedItems"].append({"endTime": "2026-99-99", "object": {"id": OBJECT + uuid(4)}})
        return None if found is None else json.dumps(found).encode()

    (page,) = GETTY.listing(Shelf(answer, date(2026, 1, 1)))
    assert {each.id for each in GETTY.records(page)} == {uuid(2), uuid(4), uuid(6)}
