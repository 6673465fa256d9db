"""The Smithsonian: its rule on single media, every recorded answer, and the way over the web and through a dump."""

from __future__ import annotations

import bz2
import json
from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import date
from pathlib import Path
from types import EllipsisType
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from mitsua_data.audit.rules import Reproduced
from mitsua_data.dumps import open_dump
from mitsua_data.errors import SourceError
from mitsua_data.inspection import inspect_paths
from mitsua_data.licences import Licence
from mitsua_data.model import Claim, Grade, MediaType, Reason, Refusal
from mitsua_data.policy import Policy
from mitsua_data.sources import smithsonian
from mitsua_data.sources.base import DUMP, Body, DumpReader, Judged, Page, judge_page
from mitsua_data.sources.readers import NoAnswer
from mitsua_data.sources.smithsonian import Smithsonian
from mitsua_data.web.access import Secret
from tests.sources.auditing import Shelf, replays
from tests.sources.replay import Answer, crawled, serve, verdicts, walk_every_way

SOURCE = Smithsonian()
OWN = "content/descriptiveNonRepeating"
MEDIUM = f"{OWN}/online_media/media/0"
RIGHTS = "content/freetext/objectRights"
KEY = Secret(host="api.si.edu", name="api_key", value="a-key", in_query=True)


def medium(name: str = "CUP-1", **changes: Any) -> dict[str, Any]:
    return {
        "type": "Images",
        "idsId": name,
        "usage": {"access": "CC0"},
        "content": f"https://ids.si.edu/ids/deliveryService?id={name}",
        **changes,
    }


def row(number: int = 1, *media: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """A record in the API's form, made by hand; open unless changed."""
    return {
        "id": f"ld1-{number}",
        "url": f"edanmdm:chndm_{number}",
        "title": "Cup",
        "unitCode": "CHNDM",
        "hash": f"{number % 256:02x}{number:038x}",
        "lastTimeUpdated": str(1_700_000_000 + number),
        "content": {
            "descriptiveNonRepeating": {
                "record_ID": f"chndm_{number}",
                "record_link": "https://collection.cooperhewitt.org/1",
                "metadata_usage": {"access": "CC0"},
                "online_media": {"mediaCount": 1, "media": [*media] or [medium(f"CUP-{number}")]},
            },
            "indexedStructured": {"topic": ["Drinking", 7, "Silver"], "object_type": ["Cups"], "culture": ["Dutch"]},
            "freetext": {
                "objectRights": [{"label": "Restrictions & Rights", "content": "CC0"}],
                "name": [{"label": "Donor", "content": "Somebody"}, {"label": "Artist", "content": "Jan (1600-1650)"}],
                "date": [{"label": "Period", "content": "Baroque"}, {"label": "Date", "content": "1630"}],
                "physicalDescription": [{"label": "Medium", "content": "silver"}],
                "notes": [{"label": "Provenance", "content": "A"}, {"label": "Label", "content": "A cup."}],
            },
        },
        **changes,
    }


def changed(path: str, value: Any) -> dict[str, Any]:
    """The open record with one field replaced; `...` takes it out."""
    record: Any = row()
    *folders, name = path.split("/")
    place = record
    for folder in folders:
        place = place[int(folder) if isinstance(place, list) else folder]
    if isinstance(value, EllipsisType):
        del place[name]
    else:
        place[name] = value
    return record  # type: ignore[no-any-return]


def judged(value: Any, context: dict[str, Body] | None = None) -> list[Judged]:
    body = Body(json.dumps(value).encode(), MediaType.JSON, "smithsonian:saved")
    return list(judge_page(SOURCE, Page((body,), context=context or {})))


def only(value: Any) -> Judged:
    (found,) = judged(value)
    return found


def reason_of(value: Any) -> Reason | None:
    verdict = only(value).verdict
    return verdict.reason if isinstance(verdict, Refusal) else None


def test_two_words_for_free_make_a_claim_with_everything_it_rests_on() -> None:
    found = only(row())
    assert isinstance(found.verdict, Claim)
    assert (found.verdict.licence, found.verdict.grade) == (Licence.CC0_1_0, Grade.E2)
    quoted = {each.pointer: each.value for each in found.verdict.evidence}
    assert quoted == {
        f"/{OWN}/metadata_usage/access": "CC0", f"/{MEDIUM}/usage/access": "CC0", f"/{MEDIUM}/type": "Images",
        f"/{MEDIUM}/content": "https://ids.si.edu/ids/deliveryService?id=CUP-1", f"/{MEDIUM}/usage/codes": None,
        f"/{MEDIUM}/usage/text": None, f"/{RIGHTS}": [{"label": "Restrictions & Rights", "content": "CC0"}],
    }  # fmt: skip
    image = found.image
    assert image is not None
    assert (str(found.id), image.url) == (
        "smithsonian:edanmdm:chndm_1#CUP-1", "https://ids.si.edu/ids/deliveryService?id=CUP-1&max=1024",
    )  # fmt: skip
    assert (image.title, image.creator, image.date, image.medium) == ("Cup", "Jan (1600-1650)", "1630", "silver")
    assert (image.culture, image.category, image.description) == ("Dutch", "Cups", "A cup.")
    assert image.tags == ("Drinking", "Silver", "Cups")
    assert image.landing_url == "https://collection.cooperhewitt.org/1"


@pytest.mark.parametrize(
    ("path", "value", "reason"),
    [
        pytest.param(f"{OWN}/metadata_usage/access", "Usage conditions apply", Reason.NOT_OPEN, id="words-not-free"),
        pytest.param(f"{OWN}/metadata_usage/access", "Not determined", Reason.NO_STATEMENT, id="words-undetermined"),
        pytest.param(f"{OWN}/metadata_usage", ..., Reason.UNREADABLE, id="no-word-on-the-words"),
        pytest.param(f"{OWN}/metadata_usage/access", "cc0", Reason.UNKNOWN_VALUE, id="another-spelling"),
        pytest.param(f"{OWN}/metadata_usage/access", "CC0 ", None, id="a-space-behind-it"),
        pytest.param(f"{MEDIUM}/usage/access", "Usage Conditions Apply", Reason.NOT_OPEN, id="medium-not-free"),
        pytest.param(f"{MEDIUM}/usage/access", "Not determined", Reason.NO_STATEMENT, id="medium-undetermined"),
        pytest.param(f"{MEDIUM}/usage/access", "", Reason.NO_STATEMENT, id="medium-without-a-word"),
        pytest.param(f"{MEDIUM}/usage/access", "CC0 1.0", Reason.UNKNOWN_VALUE, id="more-than-the-word"),
        pytest.param(f"{MEDIUM}/usage/access", "Public Domain", Reason.UNKNOWN_VALUE, id="another-word"),
        pytest.param(f"{MEDIUM}/usage/access", True, Reason.UNKNOWN_VALUE, id="true-is-not-the-word"),
        pytest.param(f"{MEDIUM}/usage/access", ["CC0"], Reason.UNKNOWN_VALUE, id="a-list-is-not-the-word"),
        pytest.param(f"{MEDIUM}/usage/access", None, Reason.UNKNOWN_VALUE, id="null-is-not-the-word"),
        pytest.param(f"{MEDIUM}/usage/access", ..., Reason.UNREADABLE, id="silence-is-not-the-word"),
        pytest.param(f"{MEDIUM}/usage", "CC0", Reason.UNREADABLE, id="the-word-in-another-place"),
        pytest.param(f"{MEDIUM}/usage", {"access": "CC0", "codes": "", "text": ""}, None, id="nothing-added"),
        pytest.param(f"{MEDIUM}/usage", {"access": "CC0", "codes": "R1"}, Reason.CONFLICT, id="a-code-added"),
        pytest.param(f"{MEDIUM}/usage", {"access": "CC0", "text": "Ask us."}, Reason.CONFLICT, id="a-text-added"),
        pytest.param(f"{MEDIUM}/usage", {"access": "CC0", "text": ["x"]}, Reason.CONFLICT, id="a-list-added"),
        pytest.param(f"{MEDIUM}/type", "3d_voyager", Reason.NO_IMAGE, id="a-model"),
        pytest.param(f"{MEDIUM}/type", "Scanned books", Reason.NO_IMAGE, id="a-book"),
        pytest.param(f"{MEDIUM}/type", "Image", Reason.UNKNOWN_VALUE, id="a-kind-nobody-knows"),
        pytest.param(f"{MEDIUM}/type", ..., Reason.UNREADABLE, id="no-kind"),
        pytest.param(f"{MEDIUM}/content", "http://ids.si.edu/ids/x", Reason.UNKNOWN_VALUE, id="not-https"),
        pytest.param(f"{MEDIUM}/content", "https://ids.si.edu.evil.example/x", Reason.UNKNOWN_VALUE, id="look-alike"),
        pytest.param(f"{MEDIUM}/content", "https://evilsi.edu/x", Reason.UNKNOWN_VALUE, id="another-edu"),
        pytest.param(f"{MEDIUM}/content", "https://si.edu@evil.example/x", Reason.UNKNOWN_VALUE, id="a-user-name"),
        pytest.param(f"{MEDIUM}/content", "https://doi.org/10.5962/x", Reason.UNKNOWN_VALUE, id="another-host"),
        pytest.param(f"{MEDIUM}/content", 7, Reason.UNKNOWN_VALUE, id="an-address-that-is-none"),
        pytest.param(f"{MEDIUM}/content", ..., Reason.UNREADABLE, id="no-address"),
        pytest.param(f"{OWN}/online_media", ..., Reason.NO_IMAGE, id="no-media"),
        pytest.param(f"{OWN}/online_media/media", [], Reason.NO_IMAGE, id="an-empty-list-of-media"),
        pytest.param(f"{OWN}/online_media/media", {"0": medium()}, Reason.UNKNOWN_VALUE, id="media-that-are-no-list"),
        pytest.param(f"{OWN}/online_media/media", ["CC0"], Reason.UNREADABLE, id="a-medium-that-is-a-word"),
        pytest.param(RIGHTS, ..., None, id="no-text-on-the-object"),
        pytest.param(RIGHTS, "CC0", Reason.CONFLICT, id="a-text-that-is-no-list"),
        pytest.param(RIGHTS, [{"label": "Rights"}], Reason.CONFLICT, id="a-text-without-words"),
        pytest.param("content/freetext", [{"objectRights": []}], Reason.UNREADABLE, id="texts-in-a-list"),
        pytest.param("content/freetext", "© A", Reason.UNREADABLE, id="texts-that-are-a-text"),
        pytest.param("content/freetext", ..., None, id="no-texts"),
        pytest.param(RIGHTS.lower(), [], Reason.CONFLICT, id="rights-under-another-name"),
        pytest.param(RIGHTS, ["© Somebody"], Reason.CONFLICT, id="a-text-without-label"),
    ],
)  # fmt: skip
def test_one_field_decides(path: str, value: Any, reason: Reason | None) -> None:
    # One field differs from a record that is claimed, so only that field can be the cause.
    assert reason_of(changed(path, value)) is reason


@pytest.mark.parametrize(
    ("label", "text", "reason"),
    [
        pytest.param("Restrictions & Rights", "No Copyright - United States", None, id="no-copyright"),
        pytest.param("Restrictions & Rights", "No access restrictions", None, id="access"),
        pytest.param(
            "Restrictions & Rights",
            "No access restrictions Many of SIA's holdings are located off-site, and "
            "advance notice is recommended to consult a collection. Please email the SIA Reference Team at "
            "osiaref@si.edu",
            None,
            id="access-as-the-archives-say",
        ),
        pytest.param("Restrictions & Rights", "No access restrictions Ask us.", Reason.CONFLICT, id="access-and-more"),
        pytest.param("Copyright", "CC0", None, id="the-word-for-free-under-copyright"),
        pytest.param("Restrictions & Rights", "&copy; A. Painter", Reason.CONFLICT, id="a-sign-as-an-entity"),
        pytest.param("Restrictions & Rights", "\u24b8 A. Painter", Reason.CONFLICT, id="a-c-in-a-circle"),
        pytest.param("Restrictions & Rights", "C\u043epyright A", Reason.CONFLICT, id="a-letter-of-another-script"),
        pytest.param("Restrictions & Rights", "N\u043ene", Reason.CONFLICT, id="none-in-another-script"),
        pytest.param("Restrictions & Rights", "For personal use only", Reason.CONFLICT, id="personal"),
        pytest.param("Restrictions & Rights", "Not in the public domain", Reason.CONFLICT, id="not-public"),
        pytest.param("Copyright", "None", None, id="copyright-none"),
        pytest.param("Copyright", "Some Gallery", Reason.CONFLICT, id="copyright-of-somebody"),
        pytest.param("Restrictions & Rights", "© Estate of A. Painter", Reason.CONFLICT, id="a-sign"),
        pytest.param("Restrictions & Rights", "(C) 1960 A. Painter", Reason.CONFLICT, id="a-sign-in-letters"),
        pytest.param("Restrictions & Rights", "In Copyright", Reason.CONFLICT, id="in-copyright"),
        pytest.param("Restrictions & Rights", "All Rights Reserved", Reason.CONFLICT, id="reserved"),
        pytest.param("Restrictions & Rights", "By permission only", Reason.CONFLICT, id="permission"),
        pytest.param("Restrictions & Rights", "Usage conditions apply", Reason.CONFLICT, id="conditions"),
        pytest.param("Restrictions & Rights", "Restrictions apply", Reason.CONFLICT, id="restrictions"),
        pytest.param("Restrictions & Rights", "CC BY-NC 4.0", Reason.CONFLICT, id="another-licence"),
        pytest.param("Restrictions & Rights", "No copyright information", Reason.CONFLICT, id="nothing-known"),
        pytest.param("Restrictions & Rights", "No Copyright - permission needed", Reason.CONFLICT, id="a-condition"),
        pytest.param("Restrictions & Rights", "No access restrictions. © A", Reason.CONFLICT, id="access-is-not-use"),
        pytest.param("Credit Line", "A gift.", Reason.CONFLICT, id="another-label"),
    ],
)
def test_the_text_on_the_object_s_rights_is_heard(label: str, text: str, reason: Reason | None) -> None:
    assert reason_of(changed(RIGHTS, [{"label": label, "content": text}])) is reason


def test_media_are_judged_one_by_one_whatever_stands_beside_them() -> None:
    closed = medium("B", usage={"access": "Usage conditions apply"})
    found = {each.id.part: each.verdict for each in judged(row(1, medium("A"), closed, medium("C")))}
    assert {part: isinstance(verdict, Claim) for part, verdict in found.items()} == {"A": True, "B": False, "C": True}


def test_a_part_is_the_medium_s_own_id_and_no_two_are_one() -> None:
    media = (medium("A"), medium("A"), medium(idsId=None, guid="g"), medium("D", idsId=""))
    found = judged(row(1, *media))
    assert [each.id.part for each in found] == ["A", "A (1)", "g", "https://ids.si.edu/ids/deliveryService?id=D"]
    assert all(isinstance(each.verdict, Claim) for each in found)


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({}, id="one-id"),
        pytest.param({"idsId": "B"}, id="one-address"),
        pytest.param({"idsId": "B", "content": f"{medium('A')['content']}&max=90"}, id="one-name-in-the-address"),
        pytest.param({"idsId": "B", "content": "https://si.edu/?a=1&amp;id=A"}, id="an-address-with-an-entity"),
        pytest.param({"idsId": "B", "content": 7, "guid": "g"}, id="one-guid"),
        pytest.param({"type": "3d_voyager"}, id="of-another-kind"),
    ],
)
@pytest.mark.parametrize("usage", [{"access": "Usage conditions apply"}, {"access": "CC0", "text": "© A"}, None])
def test_one_medium_that_stands_twice_and_is_not_used_alike_is_not_claimed(changes: Any, usage: Any) -> None:
    media = [medium("A", guid="g"), {**medium("A", usage=usage), **changes}, medium("C")]
    for turned in (media, media[::-1]):
        found = {each.id.part: each.verdict for each in judged(row(1, *turned))}
        assert [part for part, verdict in found.items() if isinstance(verdict, Claim)] == ["C"]
        assert Reason.CONFLICT in {each.reason for each in found.values() if isinstance(each, Refusal)}


@pytest.mark.parametrize(
    ("content", "url"),
    [
        ("https://ids.si.edu/ids/deliveryService?id=A-1", "https://ids.si.edu/ids/deliveryService?id=A-1&max=1024"),
        ("https://ids.si.edu/ids/deliveryService?id=A&max=90", "https://ids.si.edu/ids/deliveryService?id=A&max=90"),
        ("https://ids.si.edu/ids/deliveryService/id/ark:/65665/m3a",
         "https://ids.si.edu/ids/deliveryService/id/ark:/65665/m3a/1024"),
        ("https://collections.nmnh.si.edu/media/?irn=1", "https://collections.nmnh.si.edu/media/?irn=1"),
    ],
)  # fmt: skip
def test_a_size_is_asked_for_where_the_server_has_sizes(content: str, url: str) -> None:
    found = only(changed(f"{MEDIUM}/content", content))
    assert isinstance(found.verdict, Claim)
    assert found.image is not None
    assert found.image.url == url


@pytest.mark.parametrize(
    ("value", "ids"),
    [
        pytest.param(row(), ["edanmdm:chndm_1"], id="one-record"),
        pytest.param({"response": row()}, ["edanmdm:chndm_1"], id="an-answer-with-content"),
        pytest.param({"response": {"rows": [row(1), row(2)]}}, ["edanmdm:chndm_1", "edanmdm:chndm_2"], id="a-search"),
        pytest.param([row(1), row(2)], ["edanmdm:chndm_1", "edanmdm:chndm_2"], id="a-list"),
        pytest.param([None, row(2)], ["smithsonian:saved#/0", "edanmdm:chndm_2"], id="null-in-a-list"),
        pytest.param([row(1, url=None)], ["edanmdm:chndm_1"], id="no-url"),
        pytest.param({"response": {"rows": []}}, [], id="no-hits"),
        pytest.param({"error": {"code": "API_KEY_INVALID"}}, [], id="no-key"),
        pytest.param("text", [], id="a-text"),
    ],
)
def test_every_form_of_answer_is_taken_apart(value: Any, ids: list[str]) -> None:
    assert [each.id.record for each in judged(value)] == ids


# --- recorded answers -----------------------------------------------------------------------------------------------

HELD = "edanmdm:npg_NPG.69.54"
"""Its rights text says CC0, and names a holder of copyright beside it."""
ACCEPTED = {
    "content_fsg_F1900.47_2025.json": 4, "edan_record_usage_conditions_apply.json": 0, "error_400_bad_param.json": 0,
    "error_404_content.json": 0, "npg_records_2024.json": 75, "row_nmnhvz_14800560_nonIDS_media.json": 1,
    "search_1952-76-2_part.json": 30, "search_ants_rows10_of_17264.json": 2,
    "search_apollo11_mission_patch_rows10_of_28.json": 13, "search_calligraphy_rows10_no_media.json": 0,
    "search_no_results.json": 0, "stats_excerpt_2026-10.json": 0,
}  # fmt: skip


def test_every_recorded_answer_gives_what_its_media_say(shared: Path) -> None:
    folder = shared / "sources" / "smithsonian"
    policy = Policy.load()
    together = Counter[str]()
    for name, expected in ACCEPTED.items():
        lines = list(inspect_paths(SOURCE, [folder / name], policy))
        assert sum(line["outcome"] == "accept" for line in lines) == expected, name
        assert [line["id"] for line in lines if line["reason"] == "conflict"] == [HELD] * (name[:3] == "npg")
        together.update(str(line["outcome"]) for line in lines)
    files = [folder / name for name in ACCEPTED]
    assert Counter(str(line["outcome"]) for line in inspect_paths(SOURCE, files, policy)) == together


def test_one_word_in_a_recorded_answer_makes_the_difference(shared: Path) -> None:
    recorded = shared / "sources" / "smithsonian" / "content_fsg_F1900.47_2025.json"
    answer = json.loads(recorded.read_text())
    media = answer["response"]["content"]["descriptiveNonRepeating"]["online_media"]["media"]
    media[1]["usage"]["access"] = "CC0-ish"
    found = judged(answer)
    assert [isinstance(each.verdict, Claim) for each in found] == [True, False, True, True]
    assert isinstance(found[1].verdict, Refusal)
    assert found[1].verdict.reason is Reason.UNKNOWN_VALUE


# --- over the web ---------------------------------------------------------------------------------------------------

REFUSED = [row(3, medium(type="3d_voyager")), row(259, medium(usage={"access": "Not determined"}))]
ROWS = [*(row(number) for number in (1, 2, 4, 257, 513, 769, 1025)), *REFUSED]
FAQ = {"/openaccess/faq": Answer.html()}


class Site:
    """Searches `rows` as the API does; with `slow` rows to a page at most."""

    def __init__(self, rows: Iterable[dict[str, Any]] = ROWS, most: int = 2) -> None:
        self.rows, self.most = list(rows), most
        self.searches: list[dict[str, str]] = []

    def __call__(self, target: str) -> Answer | None:
        parts = urlsplit(target)
        if parts.path != "/openaccess/api/v1.0/search":
            return FAQ.get(target)
        asked = {name: values[0] for name, values in parse_qs(parts.query).items()}
        self.searches.append(asked)
        return self.answer(asked)

    def answer(self, asked: dict[str, str]) -> Answer:
        _, _, digits = asked["q"].partition("hash:")
        hits = [each for each in self.rows if each["hash"].startswith(digits.rstrip("*"))]
        hits.sort(key=lambda each: each["lastTimeUpdated" if asked["sort"] == "updated" else "id"], reverse=not digits)
        start, most = int(asked["start"]), min(int(asked["rows"]), self.most)
        return Answer.json({"response": {"rows": hits[start : start + most], "rowCount": len(hits)}})


def test_the_collection_is_walked_every_way(tmp_path: Path) -> None:
    found = walk_every_way(SOURCE, Site(), tmp_path, claims=7, refusals=2, secret=KEY)
    assert Counter(found.values()) == {
        ("claim", "CC0-1.0"): 7, ("refusal", "no_image"): 1, ("refusal", "no_statement"): 1,
    }  # fmt: skip


def test_parts_are_asked_for_by_hash_with_the_key_and_a_page_at_a_time(tmp_path: Path) -> None:
    site = Site()
    with serve(site) as running:
        crawled(SOURCE, running, tmp_path, secret=KEY)
    assert len({each["q"] for each in site.searches}) == 256
    assert {each["rows"] for each in site.searches} == {str(smithsonian.ROWS)}
    assert int(site.searches[0]["rows"]) <= 1000
    assert all(each["q"].startswith("online_media_type:Images AND media_usage:CC0 AND ") for each in site.searches)
    assert [each["start"] for each in site.searches if each["q"].endswith("hash:01*")] == ["0", "2", "4"]
    # The programme's server stands on loopback, so the key stays at home; where it goes is declared.
    assert SOURCE.spec.key is not None
    assert (SOURCE.spec.key.host, SOURCE.spec.key.variable) == ("api.si.edu", "MITSUA_SMITHSONIAN_KEY")


def test_a_part_whose_rows_move_is_read_again(tmp_path: Path) -> None:
    late = row(0x101 + 0x400)
    late["id"] = "a-first"

    class Moving(Site):
        def answer(self, asked: dict[str, str]) -> Answer:
            if asked["q"].endswith("hash:01*") and asked["start"] == "2" and late not in self.rows:
                self.rows.append(late)
            return super().answer(asked)

    site = Moving()
    with serve(site) as running:
        crawled(SOURCE, running, tmp_path)
    starts = [each["start"] for each in site.searches if each["q"].endswith("hash:01*")]
    assert starts == ["0", "2", "0", "2", "4"]
    assert f"smithsonian:{late['url']}#CUP-{0x501}" in verdicts(tmp_path)
    assert len(verdicts(tmp_path)) == len(ROWS) + 1


class Restless(Site):
    def answer(self, asked: dict[str, str]) -> Answer:
        if asked["q"].endswith("hash:01*"):
            self.rows.append(row(1 + 256 * len(self.rows)))
        return super().answer(asked)


class Deaf(Site):
    """Ignores what is searched for, as the API ignores an invalid filter."""

    def answer(self, asked: dict[str, str]) -> Answer:
        return super().answer({**asked, "q": "*"})


class Short(Site):
    def answer(self, asked: dict[str, str]) -> Answer:
        return Answer.json({"response": {"rows": [], "rowCount": 3}})


class Stuck(Site):
    """Ignores where an answer shall begin."""

    def answer(self, asked: dict[str, str]) -> Answer:
        return super().answer({**asked, "start": "0"})


class Sorry(Site):
    def answer(self, asked: dict[str, str]) -> Answer:
        return Answer.json({"status": 404, "response": {"error": "not found"}}, 404)


@pytest.mark.parametrize(
    ("site", "words"),
    [
        (Restless(), "kept moving"), (Deaf(), "does not search by hash"), (Short(), "ends at row 0 of 3"),
        (Stuck(), "kept moving"), (Sorry(), "something else than rows"),
    ],
)  # fmt: skip
def test_an_answer_to_another_question_ends_the_crawl(tmp_path: Path, site: Site, words: str) -> None:
    with serve(site) as running, pytest.raises(NoAnswer, match=words) as caught:
        crawled(SOURCE, running, tmp_path)
    assert caught.value.advice


@pytest.mark.parametrize("after", [None, "1:2:3:ld1-1"])
def test_rows_that_come_again_are_read_from_the_first_and_never_end_a_part(after: str | None) -> None:
    shelf = Shelf(lambda url: Stuck().answer({k: v[0] for k, v in parse_qs(urlsplit(url).query).items()}).body)
    found: list[str] = []
    with pytest.raises(NoAnswer, match="kept moving"):
        found.extend(page.cursor for page in SOURCE.listing(shelf, after))
    assert not any(cursor.startswith("2:") for cursor in found)


@pytest.mark.parametrize("time", ["9" * 5000, "yesterday", "-1"])
def test_a_time_in_another_form_ends_a_search_for_changes(tmp_path: Path, time: str) -> None:
    with serve(Site([row(1, lastTimeUpdated=time)])) as running, pytest.raises(NoAnswer, match="times"):
        crawled(SOURCE, running, tmp_path, since=date(2026, 10, 20))


def test_changes_that_come_again_end_the_search_for_them(tmp_path: Path) -> None:
    with serve(Stuck()) as running, pytest.raises(NoAnswer, match="same rows"):
        crawled(SOURCE, running, tmp_path, since=date(1990, 1, 1))


def test_without_its_terms_nothing_is_crawled(tmp_path: Path) -> None:
    with serve(lambda target: None if "faq" in target else Site()(target)) as running, pytest.raises(SourceError):
        crawled(SOURCE, running, tmp_path)


def test_a_changed_word_is_noticed_and_nothing_else_changes(tmp_path: Path) -> None:
    other = [*ROWS[:2], row(4, medium("CUP-4", usage={"access": "CC-Zero"})), *ROWS[3:]]
    for name, rows in (("before", ROWS), ("after", other)):
        with serve(Site(rows)) as running:
            crawled(SOURCE, running, tmp_path / name)
    before, after = verdicts(tmp_path / "before"), verdicts(tmp_path / "after")
    assert {name: after[name] for name in before if before[name] != after[name]} == {
        "smithsonian:edanmdm:chndm_4#CUP-4": ("refusal", "unknown_value")
    }


def test_what_changed_since_a_day_is_read_newest_first_and_withdrawals_with_it(tmp_path: Path) -> None:
    days = {1: 1_790_000_000, 2: 1_793_000_000, 4: 1_792_900_000}
    rows = [row(number, lastTimeUpdated=str(day)) for number, day in days.items()]
    rows += [row(number, lastTimeUpdated="1600000000") for number in range(5, 12)]
    with serve(Site(rows)) as running:
        crawled(SOURCE, running, tmp_path)
    rows[1]["content"]["descriptiveNonRepeating"].pop("online_media")
    site = Site(rows)
    with serve(site) as running:
        tally = crawled(SOURCE, running, tmp_path, since=date(2026, 10, 20))
    assert [each["start"] for each in site.searches] == ["0", "2"]
    assert {each["q"] for each in site.searches} == {"online_media_type:Images"}
    assert tally.records == 4
    assert verdicts(tmp_path)["smithsonian:edanmdm:chndm_2#CUP-2"] == ("refusal", "no_image")
    assert verdicts(tmp_path)["smithsonian:edanmdm:chndm_4#CUP-4"] == ("claim", "CC0-1.0")


# --- from the dump --------------------------------------------------------------------------------------------------


@pytest.fixture
def dump(tmp_path: Path) -> DumpReader:
    """Two units' files of one name, as they lie in the repository, and an index beside them that holds no records."""
    for unit, rows in (("CHNDM", ROWS[:3]), ("NPG", ROWS[3:])):
        folder = tmp_path / "objects" / unit
        folder.mkdir(parents=True)
        lines = "".join(json.dumps(each) + "\n" for each in rows)
        (folder / "00.txt.bz2").write_bytes(bz2.compress(lines.encode()))
        (folder / "index.txt").write_text("https://example.org/00.txt\n")
    return open_dump("smithsonian", [tmp_path / "objects"])


def pages(dump: DumpReader, after: str | None = None) -> Iterator[Page]:
    return SOURCE.dumped(dump, after)


def test_a_dump_gives_the_same_claims_on_a_stronger_grade(dump: DumpReader) -> None:
    found = [each for page in pages(dump) for each in judge_page(SOURCE, page)]
    assert Counter(isinstance(each.verdict, Claim) for each in found) == {True: 7, False: 2}
    for each in found:
        if isinstance(each.verdict, Claim):
            assert each.verdict.grade is Grade.E3
            assert each.verdict.evidence[-1].pointer.startswith("/files/")
    assert all(page.context[DUMP].sha256 == dump.index().sha256 for page in pages(dump))
    assert sum(page.listed or 0 for page in pages(dump)) == len(ROWS)


def test_a_dump_is_gone_on_with_behind_its_cursor(dump: DumpReader) -> None:
    cursors = [page.cursor for page in pages(dump)]
    assert cursors == ["CHNDM/00.txt.bz2?3", "NPG/00.txt.bz2?6"]
    assert [page.cursor for page in pages(dump, cursors[0])] == cursors[1:]
    assert not list(pages(dump, cursors[1]))
    assert sum(page.listed or 0 for page in pages(dump, "CHNDM/00.txt.bz2?2")) == len(ROWS) - 2


def test_an_audit_finds_every_claim_again(dump: DumpReader) -> None:
    terms = b"<p>Terms.</p>"
    site = Site()

    def answer(url: str) -> bytes:
        found = site(url.removeprefix("https://api.si.edu"))
        return terms if found is None else found.body

    for shelf in (Shelf(answer), Shelf(answer, dump=dump)):
        found = replays(SOURCE, list(SOURCE.pages(shelf)))
        assert len(found) == 7
        assert all(isinstance(replay, Reproduced) for _, replay in found)


def test_a_broken_line_is_refused_alone(tmp_path: Path) -> None:
    (tmp_path / "0a.txt").write_text(f"{json.dumps(row(1))}\n{{broken\n{json.dumps(row(2))}\n")
    broken = open_dump("smithsonian", [tmp_path / "0a.txt"])
    found = [each for page in pages(broken) for each in judge_page(SOURCE, page)]
    assert [isinstance(each.verdict, Claim) for each in found] == [True, False, True]
    assert sum(page.listed or 0 for page in pages(broken)) == 3


def test_a_dump_without_lines_of_records_is_none(tmp_path: Path) -> None:
    (tmp_path / "objects.csv").write_text("a,b\n1,2\n")
    with pytest.raises(SourceError, match="no lines") as caught:
        list(pages(open_dump("smithsonian", [tmp_path])))
    assert "metadata/objects" in str(caught.value.advice)
