"""The Art Institute of Chicago: its rule on single works, its listing, and its dump."""

from __future__ import annotations

import io
import json
import tarfile
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from mitsua_data.audit.rules import Reproduced
from mitsua_data.dumps import open_dump
from mitsua_data.errors import SourceError
from mitsua_data.inspection import inspect_paths
from mitsua_data.licences import Licence
from mitsua_data.model import Claim, Grade, ImageRef, MediaType, Reason, Refusal, Verdict
from mitsua_data.policy import Policy
from mitsua_data.sources.artic import FIELDS, SERVER, Artic
from mitsua_data.sources.base import Body, Judged, Page, Record, RuleRefusal, judge_page
from mitsua_data.sources.readers import NoAnswer
from tests.making import folder
from tests.sources.auditing import Shelf, replays
from tests.sources.replay import Answer, Routes, crawled, serve, verdicts, walk_every_way

ARTIC = Artic()
PICTURE = "1753b638-d4fb-8e45-3db9-92dde7f053da"
PER_PAGE = 4
OPEN: dict[str, Any] = {
    "id": 7,
    "api_model": "artworks",
    "title": "A field",
    "is_public_domain": True,
    "copyright_notice": None,
    "image_id": PICTURE,
    "alt_image_ids": ["22a8cdfd-f096-b318-e36b-ecad6b4a842b"],
    "artist_display": "Attributed to Ann Example\nAmerican, 1845-1921",
    "artist_title": "Ann Example",
    "date_display": "1889",
    "place_of_origin": "United States",
    "medium_display": "Oil on canvas",
    "artwork_type_title": "Painting",
    "term_titles": ["painting", "field", "painting"],
    "description": "<p>A <em>yellow</em> field.</p>\n",
    "timestamp": "2025-02-16T14:10:36-06:00",
}
"""Made by hand, in the form of the API's answers; the museum has no such work."""


def changed(**changes: Any) -> dict[str, Any]:
    """The open work with fields replaced; `...` takes one out."""
    return {key: value for key, value in (OPEN | changes).items() if value is not ...}


def answer(data: Any, server: Any = SERVER) -> dict[str, Any]:
    """What stands around records in an answer."""
    return {"data": data, "info": {"license_links": []}, "config": {"iiif_url": server, "website_url": "http://x"}}


def judged(*values: Any) -> list[Judged]:
    bodies = [Body(json.dumps(each).encode(), MediaType.JSON, f"artic:{n}.json") for n, each in enumerate(values)]
    return [each for page in ARTIC.saved(bodies) for each in judge_page(ARTIC, page)]


def said(verdict: Verdict) -> str:
    return str(verdict.reason if isinstance(verdict, Refusal) else verdict.licence)


def test_a_plain_yes_is_claimed_with_everything_it_rests_on() -> None:
    (only,) = judged(answer([OPEN]))
    assert isinstance(only.verdict, Claim)
    assert (only.verdict.licence, only.verdict.grade) == (Licence.CC0_1_0, Grade.E2)
    assert [(each.pointer, each.value) for each in only.verdict.evidence] == [
        ("/data/0/is_public_domain", True), ("/data/0/copyright_notice", None), ("/data/0/image_id", PICTURE),
        ("/config/iiif_url", SERVER), ("/data/0/id", 7), ("/data/0/api_model", "artworks"),
    ]  # fmt: skip
    assert str(only.id) == f"artic:7#{PICTURE}"


def test_words_for_captions() -> None:
    assert judged(OPEN)[0].image == ImageRef(
        part=PICTURE,
        url=f"https://www.artic.edu/iiif/2/{PICTURE}/full/843,/0/default.jpg",
        title="A field",
        creator="Attributed to Ann Example",
        date="1889",
        tags=("painting", "field"),
        category="Painting",
        landing_url="https://www.artic.edu/artworks/7",
        medium="Oil on canvas",
        culture="United States",
        description="A yellow field.",
    )
    nobody = judged(changed(artist_title=None, artist_display="China", term_titles=None, description=None))[0].image
    assert nobody is not None
    assert (nobody.creator, nobody.tags, nobody.description) == ("", (), "")


def test_descriptions_are_under_another_licence_than_other_words() -> None:
    assert ARTIC.spec.caption_licence is Licence.CC0_1_0
    assert ARTIC.spec.description_licence is Licence.CC_BY
    image = judged(changed(description="UNFREE"))[0].image
    assert image is not None
    assert [field for field in image.__slots__ if "UNFREE" in str(getattr(image, field))] == ["description"]


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        pytest.param({"is_public_domain": False}, Reason.NOT_OPEN, id="museum-says-no"),
        pytest.param({"is_public_domain": False, "copyright_notice": "© ARS"}, Reason.NOT_OPEN, id="no-twice"),
        pytest.param({"is_public_domain": None}, Reason.UNKNOWN_VALUE, id="null-is-not-consent"),
        pytest.param({"is_public_domain": "true"}, Reason.UNKNOWN_VALUE, id="a-string-is-not-consent"),
        pytest.param({"is_public_domain": 1}, Reason.UNKNOWN_VALUE, id="one-is-not-true"),
        pytest.param({"is_public_domain": ...}, Reason.UNREADABLE, id="silence-is-not-consent"),
        pytest.param({"copyright_notice": "© 2018 Estate of Somebody /\nARS"}, Reason.CONFLICT, id="both-speak"),
        pytest.param({"copyright_notice": "©" * 5000}, Reason.CONFLICT, id="a-notice-too-long-to-quote"),
        pytest.param({"copyright_notice": False}, Reason.UNKNOWN_VALUE, id="false-is-no-text"),
        pytest.param({"copyright_notice": []}, Reason.UNKNOWN_VALUE, id="a-list-of-notices"),
        pytest.param({"copyright_notice": ...}, Reason.UNREADABLE, id="no-field-for-the-notice"),
        pytest.param({"is_public_domain": ..., "copyright_notice": ...}, Reason.UNREADABLE, id="fields-without-rights"),
    ],
)
def test_anything_less_than_a_plain_yes_is_refused(changes: dict[str, Any], reason: Reason) -> None:
    # One field differs from a record that is claimed, so only that field can be the cause.
    (only,) = judged(changed(**changes))
    assert only.id.part == PICTURE
    assert isinstance(only.verdict, Refusal)
    assert only.verdict.reason is reason
    assert only.verdict.evidence


@pytest.mark.parametrize("notice", [None, "", " \n"])
def test_an_empty_notice_says_nothing(notice: Any) -> None:
    assert [said(each.verdict) for each in judged(changed(copyright_notice=notice))] == ["CC0-1.0"]


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        pytest.param({"image_id": None}, Reason.NO_IMAGE, id="open-without-a-picture"),
        pytest.param({"image_id": None, "is_public_domain": False}, Reason.NO_IMAGE, id="closed"),
        pytest.param({"image_id": ...}, Reason.UNREADABLE, id="no-field-for-the-picture"),
        pytest.param({"image_id": ""}, Reason.UNKNOWN_VALUE, id="an-empty-id"),
        pytest.param({"image_id": [PICTURE]}, Reason.UNKNOWN_VALUE, id="a-list-of-pictures"),
        pytest.param({"image_id": f"../../{PICTURE}"}, Reason.UNKNOWN_VALUE, id="an-id-that-climbs"),
        pytest.param({"image_id": f"{PICTURE}\n"}, Reason.UNKNOWN_VALUE, id="an-id-with-a-line-end"),
        pytest.param({"id": ...}, Reason.UNREADABLE, id="no-id"),
        pytest.param({"id": "7"}, Reason.UNREADABLE, id="an-id-in-quotes"),
        pytest.param({"id": True}, Reason.UNREADABLE, id="true-is-no-id"),
    ],
)
def test_a_work_without_a_picture_has_one_verdict(changes: dict[str, Any], reason: Reason) -> None:
    (only,) = judged(changed(**changes))
    assert (only.id.part, only.image) == ("", None)
    assert isinstance(only.verdict, Refusal)
    assert only.verdict.reason is reason
    if reason is Reason.NO_IMAGE:  # what is said of it is quoted all the same
        assert [each.pointer for each in only.verdict.evidence] == [
            "/image_id", "/is_public_domain", "/copyright_notice",
        ]  # fmt: skip


@pytest.mark.parametrize(
    ("server", "outcome"),
    [
        (SERVER, "CC0-1.0"),
        ("https://www-test.artic.edu/iiif/2", "unknown_value"),
        ("https://www.artic.edu.evil.example/iiif/2", "unknown_value"),
        ("http://www.artic.edu/iiif/2", "unknown_value"),
        (None, "unknown_value"),
        ([SERVER], "unknown_value"),
    ],
)
def test_pictures_come_from_the_server_that_the_answer_names_or_not_at_all(server: Any, outcome: str) -> None:
    assert [said(each.verdict) for each in judged(answer(OPEN, server))] == [outcome]
    assert [said(each.verdict) for each in judged(answer([OPEN], server))] == [outcome]


def test_settings_without_a_server_are_not_understood() -> None:
    assert [said(each.verdict) for each in judged({"data": OPEN, "config": {}})] == ["unreadable"]


def test_a_picture_that_is_not_in_the_record_is_not_claimed() -> None:
    record = Record("7", Body(json.dumps(OPEN).encode(), MediaType.JSON, "artic:0.json"))
    with pytest.raises(RuleRefusal) as caught:
        ARTIC.licence(record, ImageRef(part=PICTURE.replace("1", "2"), url=""))
    assert caught.value.refusal.reason is Reason.UNKNOWN_VALUE


@pytest.mark.parametrize("shape", [lambda one: one, lambda one: [one], answer, lambda one: answer([one])],
                         ids=["alone", "in-a-list", "in-detail", "in-a-listing"])  # fmt: skip
def test_every_shape_is_understood(shape: Any) -> None:
    assert [(each.id.record, said(each.verdict)) for each in judged(shape(OPEN))] == [("7", "CC0-1.0")]


@pytest.mark.parametrize("text", ["", "[1, null]", "7", "null", '{"data": 3}', '{"data": [[]]}', "<html>", "[" * 9999])
def test_whatever_else_is_there_is_refused(text: str) -> None:
    found = list(judge_page(ARTIC, Page((Body(text.encode(), MediaType.JSON, "artic:x"),))))
    assert found
    assert {said(each.verdict) for each in found} == {"unreadable"}


def test_records_of_other_kinds_are_none() -> None:
    image = {"id": PICTURE, "api_model": "images", "iiif_url": f"/{PICTURE}", "artwork_ids": [7]}
    assert judged(image) == []
    assert [each.id.record for each in judged([image, OPEN])] == ["7"]


STAMP = "2025-08-05T14:10:36-05:00"


@pytest.mark.parametrize("order", [1, -1])
@pytest.mark.parametrize(
    ("other", "outcome"),
    [
        pytest.param({"is_public_domain": False, "timestamp": STAMP}, "not_open", id="newer"),
        pytest.param({"is_public_domain": None, "timestamp": STAMP}, "unknown_value", id="null-speaks"),
        pytest.param({"is_public_domain": ..., "timestamp": STAMP}, "unreadable", id="a-newer-one-that-is-silent"),
        pytest.param({"is_public_domain": ...}, "CC0-1.0", id="silent-of-the-same-time"),
        pytest.param({"is_public_domain": ..., "timestamp": ...}, "conflict", id="silent-of-no-time"),
        pytest.param({"is_public_domain": False}, "conflict", id="of-the-same-time"),
        pytest.param({"is_public_domain": False, "timestamp": "zzz"}, "conflict", id="no-time"),
        pytest.param({"is_public_domain": False, "timestamp": ...}, "conflict", id="of-no-time"),
        pytest.param({"is_public_domain": False, "timestamp": "2024-01-01T00:00:00Z"}, "CC0-1.0", id="older"),
    ],
)
def test_of_two_saved_answers_the_newest_counts(other: dict[str, Any], outcome: str, order: int) -> None:
    (only,) = judged(*[OPEN, {"data": [changed(**other)]}][::order])
    assert said(only.verdict) == outcome


@pytest.mark.parametrize("kind", [["images"], 7, "\x00"])
def test_a_kind_that_is_no_word_is_not_understood(kind: Any) -> None:
    assert [said(each.verdict) for each in judged(changed(api_model=kind))] in (["unknown_value"], ["unreadable"])


ODD: dict[int, dict[str, Any]] = {
    2: {"is_public_domain": False},
    3: {"is_public_domain": "yes"},  # a word that the museum never used
    5: {"copyright_notice": "© Somebody"},
    6: {"image_id": None},
    9: {"title": "\x00"},  # what cannot be quoted spoils no other work on its page
}
COLLECTION = [changed(**{"id": number, **ODD.get(number, {})}) for number in range(1, 11)]
REFUSED = {
    f"artic:2#{PICTURE}": "not_open", f"artic:3#{PICTURE}": "unknown_value", f"artic:5#{PICTURE}": "conflict",
    "artic:6#": "no_image",
}  # fmt: skip


def site(pages: Any = 3, total: Any = 10, data: Any = COLLECTION) -> Routes:
    """The museum's listing, in pages that are shorter than the hundred that is asked for."""

    def listing(target: str) -> Answer | None:
        if target in {"/open-access", "/image-licensing", "/terms"}:
            return Answer.html()
        asked = parse_qs(urlsplit(target).query)
        if urlsplit(target).path != "/api/v1/artworks" or asked["limit"] != ["100"]:
            return None
        assert asked["fields"] == [",".join(FIELDS)]
        start = (int(asked["page"][0]) - 1) * PER_PAGE
        rows = data[start : start + PER_PAGE] if isinstance(data, list) else data
        return Answer.json({"pagination": {"total": total, "total_pages": pages}, **answer(rows)})

    return listing


class TestOverTheWeb:
    def test_it_is_walked_every_way(self, tmp_path: Path) -> None:
        found = walk_every_way(ARTIC, site(), tmp_path, claims=6, refusals=4)
        assert {name: reason for name, (outcome, reason) in found.items() if outcome == "refusal"} == REFUSED

    def test_its_claims_stand_up_to_an_audit(self) -> None:
        listing = json.dumps({"pagination": {"total": 10, "total_pages": 1}, **answer(COLLECTION)}).encode()
        found = replays(ARTIC, list(ARTIC.pages(Shelf(lambda url: listing if "page" in url else url.encode()))))
        assert [replay for _, replay in found] == [Reproduced()] * 6

    def test_what_the_rule_needs_is_asked_for(self) -> None:
        assert {"id", "is_public_domain", "copyright_notice", "image_id"} <= set(FIELDS)

    @pytest.mark.parametrize(
        "routes",
        [site(pages=None), site(total="10"), site(data=None), lambda t: None if "page" in t else Answer.html(),
         lambda _: Answer.html()],
        ids=["no-pages", "total-is-text", "no-list", "gone", "a-page-for-people"],
    )  # fmt: skip
    def test_a_listing_that_is_none_ends_the_crawl(self, tmp_path: Path, routes: Routes) -> None:
        with serve(routes) as running, pytest.raises(NoAnswer):
            crawled(ARTIC, running, tmp_path)
        assert verdicts(tmp_path) == {}

    @pytest.mark.parametrize("data", [[], COLLECTION[:4]])
    def test_a_listing_that_brings_nothing_new_is_told(self, tmp_path: Path, data: Any) -> None:
        """The second run knows what the first one was given."""
        same = Answer.json(answer(data) | {"pagination": {"total": 9, "total_pages": 10**9}})
        with serve(lambda target: same if "page=" in target else Answer.html()) as running:
            for _ in range(2):
                with pytest.raises(NoAnswer):
                    crawled(ARTIC, running, tmp_path)
            asked = [target.rpartition("=")[2] for target in running.asked if "page=" in target]
        assert asked == (["1", "2", "2"] if data else ["1", "1"])

    def test_a_window_that_ends_the_crawl_keeps_what_was_judged(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """The museum refuses answers behind some number of works, in JSON, with 403."""
        monkeypatch.setattr("mitsua_data.crawl.BATCH_RECORDS", 1)
        refused = Answer.json({"status": 403, "error": "Invalid number of results", "detail": "Please refine."}, 403)
        window = [refused]
        with serve(site(), lambda _, target: window[0] if window and target.endswith("page=3") else None) as running:
            with pytest.raises(SourceError):
                crawled(ARTIC, running, tmp_path)
            assert len(verdicts(tmp_path)) == 2 * PER_PAGE
            asked = len(running.asked)
            window.clear()
            crawled(ARTIC, running, tmp_path)
            assert [target[-1] for target in running.asked[asked:] if "page=" in target] == ["3"]
        assert len(verdicts(tmp_path)) == len(COLLECTION)

    def test_the_contact_goes_in_the_museum_s_own_header(self) -> None:
        assert ARTIC.spec.contact_header == "AIC-User-Agent"


def tarred(path: Path, files: dict[str, Any]) -> Path:
    with tarfile.open(path, "w:bz2") as made:
        for name, value in files.items():
            data = json.dumps(value).encode()
            info = tarfile.TarInfo(name)
            info.size = len(data)
            made.addfile(info, io.BytesIO(data))
    return path


FILES: dict[str, Any] = {
    "artic-api-data/json/config.json": {"iiif_url": SERVER},
    "artic-api-data/json/agents/1.json": {"id": 1, "api_model": "agents", "title": "Somebody"},
    **{f"artic-api-data/json/artworks/{work['id']}.json": work for work in COLLECTION if work["id"] != 9},
}


class TestDump:
    """Of the records of all kinds, those that are artworks."""

    def read(self, *paths: Path, after: str | None = None) -> tuple[list[Page], dict[str, str]]:
        pages = list(ARTIC.dumped(open_dump("artic", paths), after))
        return pages, {str(each.id): said(each.verdict) for page in pages for each in judge_page(ARTIC, page)}

    def test_a_tar_of_everything(self, tmp_path: Path) -> None:
        pages, found = self.read(tarred(tmp_path / "artic-api-data.tar.bz2", FILES))
        assert [page.cursor for page in pages] == ["artic-api-data.tar.bz2?11"]
        assert (
            REFUSED.items() <= {name if "#" in name else f"{name}#": reason for name, reason in found.items()}.items()
        )
        assert sorted(found.values()).count("CC0-1.0") == 5
        claim = next(each.verdict for each in judge_page(ARTIC, pages[0]) if isinstance(each.verdict, Claim))
        assert claim.grade is Grade.E3
        assert claim.evidence[-1].pointer == "/files/artic-api-data.tar.bz2"

    def test_a_folder_with_a_file_for_each_work(self, tmp_path: Path) -> None:
        files = {f"{work['id']}.json": json.dumps(work).encode() for work in COLLECTION[:5]}
        folder(tmp_path, {**files, "notes.csv": b"id\n1\n"})
        pages, found = self.read(tmp_path)
        assert [page.cursor for page in pages] == [f"{number}.json?1" for number in range(1, 6)]
        assert len(found) == 5
        assert [page.cursor for page in self.read(tmp_path, after="3.json?1")[0]] == ["4.json?1", "5.json?1"]

    def test_json_lines(self, tmp_path: Path) -> None:
        lines = [json.dumps(OPEN), json.dumps({"id": 8, "title": "Fewer fields", "image_id": PICTURE}), "{broken"]
        folder(tmp_path, {"allArtworks.jsonl": "\n".join(lines).encode()})
        pages, found = self.read(tmp_path)
        assert list(found.values()) == ["CC0-1.0", "unreadable", "unreadable"]
        assert [page.listed for page in pages] == [2, 1]

    def test_pages_without_works_are_not_kept(self, tmp_path: Path) -> None:
        other = {str(number): {"id": number, "api_model": "agents"} for number in range(3)}
        pages, _ = self.read(tarred(tmp_path / "a.tar.bz2", {f"{name}.json": each for name, each in other.items()}))
        assert pages == []

    def test_its_claims_stand_up_to_an_audit(self, tmp_path: Path) -> None:
        dump = open_dump("artic", [tarred(tmp_path / "artic-api-data.tar.bz2", FILES)])
        pages = list(ARTIC.pages(Shelf(lambda url: f"<p>{url}".encode(), dump=dump)))
        assert [replay for _, replay in replays(ARTIC, pages)] == [Reproduced()] * 5

    def test_it_is_crawled_as_the_listing_is(self, tmp_path: Path) -> None:
        path = folder(tmp_path, {"works.json": json.dumps(COLLECTION).encode()})
        with serve(site()) as running:
            crawled(ARTIC, running, tmp_path / "w", dump=open_dump("artic", [path / "works.json"]))
            assert not [target for target in running.asked if "page" in target]
        found = {name: reason for name, (outcome, reason) in verdicts(tmp_path / "w").items() if outcome == "refusal"}
        assert found == REFUSED

    def test_a_dump_without_json_is_refused_with_advice(self, tmp_path: Path) -> None:
        folder(tmp_path, {"someArtworks.csv": b"id\n1\n"})
        with pytest.raises(SourceError) as caught:
            self.read(tmp_path)
        assert "artic-api-data.tar.bz2" in caught.value.line()


def recorded_open(shared: Path) -> set[str]:
    """Recorded works that API.md calls open: the flag is true, there is no notice, and there is a picture."""
    works = json.loads((shared / "sources/artic/artworks_records_2023-10.json").read_bytes())
    works += [json.loads(each.read_bytes()) for each in (shared / "sources/artic").glob("dump_*/artwork_*.json")]
    return {
        str(work["id"])
        for work in works
        if work["is_public_domain"] is True and not work["copyright_notice"] and work["image_id"]
    }


def test_of_everything_recorded_exactly_the_open_works_are_accepted(shared: Path) -> None:
    files = sorted((shared / "sources/artic").rglob("*.json"))
    found = [line for file in files for line in inspect_paths(ARTIC, [file], Policy.load())]
    accepted = {line["id"] for line in found if line["outcome"] == "accept"}
    assert accepted == recorded_open(shared)
    assert len(accepted) == 33 + 7
    assert {line["licence"] for line in found if line["outcome"] == "accept"} == {"CC0-1.0"}
    together = list(inspect_paths(ARTIC, files, Policy.load()))
    assert {line["id"] for line in together if line["outcome"] == "accept"} == accepted
    assert len({line["id"] for line in together}) == len(together), "one line for each work"


@pytest.mark.parametrize("name", ["list_page2_limit20_fields_without_rights", "search_q_monet_default_fields_3of10"])
def test_recorded_answers_without_rights_fields_are_not_readable(shared: Path, name: str) -> None:
    found = list(inspect_paths(ARTIC, [shared / f"sources/artic/{name}.json"], Policy.load()))
    assert len(found) in {20, 3}
    assert {line["reason"] for line in found} == {"unreadable"}
