"""Pointers: every form finds what stands there, says when nothing does, and survives any bytes."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mitsua_data import pointers
from mitsua_data.canonical import canonical
from mitsua_data.model import MAX_QUOTE, Json, MediaType
from mitsua_data.pointers import Absent, Document, UnreadableBody, derive, escape_key, git_blob

SVG = b"""<?xml version="1.0"?>
<svg xmlns="http://www.w3.org/2000/svg" xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"
     xmlns:c="http://web.resource.org/cc/" xmlns:dc="http://purl.org/dc/elements/1.1/">
 <metadata><rdf:RDF><c:Work>
  <dc:title>A   small
   <!-- not this --> house</dc:title>
  <dc:subject><rdf:Bag><rdf:li>house</rdf:li><rdf:li>roof</rdf:li></rdf:Bag></dc:subject>
  <c:license rdf:resource=" http://x/ "/>
 </c:Work></rdf:RDF></metadata></svg>"""
BOMB = (
    b'<!DOCTYPE a [<!ENTITY e0 "lol">'
    + b"".join(b'<!ENTITY e%d "%s">' % (n, b"&e%d;" % (n - 1) * 10) for n in range(1, 10))
    + b"]><a>&e9;</a>"
)

json_values: st.SearchStrategy[Json] = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53) + 1, 2**53 - 1)
    | st.text(st.characters(codec="utf-8", exclude_characters="\x00"), max_size=5),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text("a/~0b", max_size=3), inner, max_size=4),
    max_leaves=12,
)


def paths(value: Json, here: str = "") -> list[tuple[str, Json]]:
    """Every place in a JSON value below the top, with what stands there."""
    steps: list[tuple[str, Json]] = []
    if isinstance(value, dict):
        steps = [(f"{here}/{escape_key(key)}", each) for key, each in value.items()]
    elif isinstance(value, list):
        steps = [(f"{here}/{place}", each) for place, each in enumerate(value)]
    return [found for step in steps for found in (step, *paths(step[1], step[0]))]


@given(json_values)
def test_every_place_in_json_is_found_by_its_pointer(value: Json) -> None:
    body = json.dumps(value).encode()
    for pointer, expected in paths(value):
        assert Document(body, MediaType.JSON).full(pointer) == expected


# RFC 6901, section 5: the document, the pointers and the values given there.
RFC_6901: dict[str, Json] = {
    "foo": ["bar", "baz"], "": 0, "a/b": 1, "c%d": 2, "e^f": 3, "g|h": 4, "i\\j": 5, 'k"l': 6, " ": 7, "m~n": 8,
}  # fmt: skip


@pytest.mark.parametrize(
    ("pointer", "value"),
    [("/foo", ["bar", "baz"]), ("/foo/0", "bar"), ("/", 0), ("/a~1b", 1), ("/c%d", 2), ("/e^f", 3), ("/g|h", 4),
     ("/i\\j", 5), ('/k"l', 6), ("/ ", 7), ("/m~0n", 8)],
)  # fmt: skip
def test_the_examples_of_rfc_6901(pointer: str, value: Json) -> None:
    assert derive(json.dumps(RFC_6901).encode(), MediaType.JSON, pointer) == value


@pytest.mark.parametrize("pointer", ["/foo/2", "/foo/-", "/foo/00", "/foo/-1", "/foo/bar", "/x", "/foo/0/1", "/foo/９"])
def test_absence_in_json_is_told_from_null(pointer: str) -> None:
    body = json.dumps(RFC_6901).encode()
    assert derive(body, MediaType.JSON, pointer) is None
    with pytest.raises(Absent):
        Document(body, MediaType.JSON).at(pointer)
    assert Document(b'{"a": null}', MediaType.JSON).at("/a") is None


@pytest.mark.parametrize(
    ("body", "media_type", "pointer"),
    [
        pytest.param(b'{"a": 1, "a": 2}', MediaType.JSON, "/a", id="json-key-twice"),
        pytest.param(b'{"a": NaN}', MediaType.JSON, "/a", id="json-nan"),
        pytest.param(b'{"a": "\xff"}', MediaType.JSON, "/a", id="json-not-utf8"),
        pytest.param(b'{"a": 1', MediaType.JSON, "/a", id="json-cut-short"),
        pytest.param(b"[" * 100_000, MediaType.JSON, "/0", id="json-deep"),
        pytest.param(b'{"a": "\\ud800"}', MediaType.JSON, "/a", id="json-lone-surrogate"),
        pytest.param(b'{"a": "x\\u0000"}', MediaType.JSON, "/a", id="json-zero-character"),
        pytest.param(b'{"a": 9007199254740993}', MediaType.JSON, "/a", id="json-number-that-others-round"),
        pytest.param(b'{"a": 1}', MediaType.JSON, "a", id="json-no-pointer"),
        pytest.param(b'{"a": 1}', MediaType.JSON, "/~2", id="json-bad-escape"),
        pytest.param(b'{"a": 1}', MediaType.JSON, "/" + "a" * 2000, id="pointer-too-long"),
        pytest.param(b"a = 1\na = 2\n", MediaType.TOML, "/a", id="toml-key-twice"),
        pytest.param(b"a = \xff\n", MediaType.TOML, "/a", id="toml-not-utf8"),
        pytest.param(b"a = nan\n", MediaType.TOML, "/a", id="toml-no-number"),
        pytest.param(b"a = " + b"[" * 9999, MediaType.TOML, "/a", id="toml-deep"),
        pytest.param(b"a,a\n1,2\n", MediaType.CSV, "1/a", id="csv-column-twice"),
        pytest.param(b'a,b\n"1,2\n', MediaType.CSV, "1/a", id="csv-open-quote"),
        pytest.param(b"a,b\n1,2,3\n", MediaType.CSV, "1/a", id="csv-row-too-long"),
        pytest.param(b"a,b\n1\n", MediaType.CSV, "1/a", id="csv-row-too-short"),
        pytest.param(b"a\n\xff\n", MediaType.CSV, "1/a", id="csv-not-utf8"),
        pytest.param(b"a\n1\n", MediaType.CSV, "0/a", id="csv-row-zero"),
        pytest.param(b"a\n1\n", MediaType.CSV, "a", id="csv-no-row"),
        pytest.param(b"", MediaType.SVG, "//dc:title", id="xml-empty"),
        pytest.param(SVG[:-20], MediaType.SVG, "//dc:title", id="xml-cut-short"),
        pytest.param(SVG + b"<a/>", MediaType.SVG, "//dc:title", id="xml-two-roots"),
        pytest.param(b"<a><c:b/></a>", MediaType.SVG, "//a", id="xml-prefix-not-declared"),
        pytest.param(BOMB, MediaType.SVG, "//a", id="xml-entity-bomb"),
        pytest.param(
            BOMB.replace(b"<a>&e9;</a>", b'<a b="&e9;"/>'), MediaType.SVG, "//a/@b", id="xml-bomb-in-attribute"
        ),
        pytest.param(
            b'<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/hostname">]><a>&x;</a>', MediaType.XML, "//a", id="xml-file"
        ),
        pytest.param(b"<a>&x;</a>", MediaType.XML, "//a", id="xml-entity-not-declared"),
        pytest.param(b"<a>" * 5000 + b"</a>" * 5000, MediaType.XML, "//a", id="xml-deep"),
        pytest.param(SVG, MediaType.SVG, "//nope:title", id="xpath-prefix-not-known"),
        pytest.param(SVG, MediaType.SVG, "//*[", id="xpath-broken"),
        pytest.param(SVG, MediaType.SVG, "//\x00", id="xpath-with-a-zero-character"),
        pytest.param(SVG, MediaType.SVG, "count(//*)", id="xpath-no-nodes"),
        pytest.param(SVG, MediaType.SVG, "//*[document('x')]", id="xpath-asks-for-files"),
        pytest.param(b"text", MediaType.TEXT, "/a", id="text-no-pointer"),
        pytest.param(b"text", MediaType.TEXT, "tag:a b", id="text-tag-with-space"),
        pytest.param(b"\x89PNG", MediaType.BINARY, "/a", id="binary"),
    ],
)
def test_what_cannot_be_read_is_an_error_of_its_own(body: bytes, media_type: MediaType, pointer: str) -> None:
    with pytest.raises(UnreadableBody):
        derive(body, media_type, pointer)
    assert derive(body, media_type, "") == f"sha256:{hashlib.sha256(body).hexdigest()}"


def test_a_backslash_before_u0000_is_only_text() -> None:
    assert derive(b'{"a": "\\\\u0000"}', MediaType.JSON, "/a") == "\\u0000"


def test_a_body_over_the_cap_is_quoted_as_a_whole_only(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pointers, "MAX_BODY", 9)
    assert derive(b'{"a": 12}', MediaType.JSON, "/a") == 12
    with pytest.raises(UnreadableBody, match="at most 9"):
        derive(b'{"a": 123}', MediaType.JSON, "/a")
    assert derive(b'{"a": 123}', MediaType.JSON, "git-blob") == git_blob(b'{"a": 123}')


def test_a_long_value_is_quoted_by_its_digest_and_kept_in_full() -> None:
    text = "x" * MAX_QUOTE
    document = Document(json.dumps({"a": text}).encode(), MediaType.JSON)
    assert document.at("/a") == f"sha256:{hashlib.sha256(canonical(text)).hexdigest()}"
    assert document.full("/a") == text


@pytest.mark.parametrize(
    ("body", "media_type", "pointer", "length"),
    [
        pytest.param(b"[1, 2, 3]", MediaType.JSON, "", 3, id="json-whole"),
        pytest.param(b'{"a": [{"b": "x\\u0000"}, 2]}', MediaType.JSON, "/a", 2, id="json-that-cannot-all-be-quoted"),
        pytest.param(b'{"a": []}', MediaType.JSON, "/a", 0, id="json-none"),
        pytest.param(b'{"a": "xyz"}', MediaType.JSON, "/a", None, id="json-text"),
        pytest.param(b'{"a": 1}', MediaType.JSON, "", None, id="json-object"),
        pytest.param(b'a,b\n1,"x\ny"\n2,z\n', MediaType.CSV, "", 2, id="csv-rows"),
        pytest.param(b"a,b\n1\n", MediaType.CSV, "", 1, id="csv-row-too-short"),
        pytest.param(b"", MediaType.CSV, "", 0, id="csv-empty"),
    ],
)
def test_lists_and_tables_have_a_length(body: bytes, media_type: MediaType, pointer: str, length: int | None) -> None:
    assert Document(body, media_type).length(pointer) == length


@pytest.mark.parametrize(
    ("body", "media_type", "pointer", "error"),
    [
        pytest.param(b'{"a": 1}', MediaType.JSON, "/b", Absent, id="nothing-there"),
        pytest.param(b"[1", MediaType.JSON, "", UnreadableBody, id="json-cut-short"),
        pytest.param(b"text", MediaType.TEXT, "", UnreadableBody, id="text"),
    ],
)
def test_what_is_not_there_has_no_length(
    body: bytes, media_type: MediaType, pointer: str, error: type[Exception]
) -> None:
    with pytest.raises(error):
        Document(body, media_type).length(pointer)


cells = st.text(st.characters(codec="utf-8", exclude_characters="\x00"), max_size=6)


@given(st.lists(st.lists(cells, min_size=2, max_size=2), max_size=5))
def test_every_cell_of_a_csv_is_found_by_row_and_column(rows: list[list[str]]) -> None:
    text = io.StringIO(newline="")
    csv.writer(text).writerows([["Is Public Domain", "a/b"], *rows])
    body = b"\xef\xbb\xbf" + text.getvalue().encode()
    for number, row in enumerate(rows, 1):
        assert [derive(body, MediaType.CSV, f"{number}/{name}") for name in ("Is Public Domain", "a/b")] == row
    assert derive(body, MediaType.CSV, f"{len(rows) + 1}/a/b") is None
    assert derive(body, MediaType.CSV, "1/c") is None


@pytest.mark.parametrize(
    ("pointer", "value"),
    [
        pytest.param("//cc:license/@rdf:resource", " http://x/ ", id="an-attribute-as-it-stands"),
        pytest.param("//dc:title", "A small house", id="the-text-of-an-element"),
        pytest.param("//rdf:li", ["house", "roof"], id="several-nodes-in-order"),
        pytest.param("//rdf:li[2] | //dc:title", ["A small house", "roof"], id="a-union-in-document-order"),
        pytest.param("/svg:svg/svg:metadata//dc:nothing", None, id="absent"),
        pytest.param("//cc4:license", None, id="another-vocabulary"),
    ],
)
def test_xpath_finds_by_namespace_whatever_the_prefix_in_the_file(pointer: str, value: Json) -> None:
    assert derive(SVG, MediaType.SVG, pointer) == value


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(b'<?xml version="1" standalone="no"?><a b="c"/>', id="version-1"),
        pytest.param(b'<a xmlns:x="&amp;#38;ns;" b="c"/>', id="namespace-that-is-no-uri"),
        pytest.param('<?xml version="1.0" encoding="utf-16"?><a b="c"/>'.encode("utf-16"), id="utf-16"),
        pytest.param(
            b'<!DOCTYPE a SYSTEM "http://x.example/a.dtd" [<!ENTITY c "c">]><a b="&c;"/>', id="entity-of-its-own"
        ),
    ],
)
def test_harmless_faults_of_old_files_do_not_hide_what_they_say(body: bytes) -> None:
    assert derive(body, MediaType.XML, "/a/@b") == "c"


def test_a_harmless_fault_does_not_excuse_another() -> None:
    with pytest.raises(UnreadableBody):
        derive(b'<?xml version="1"?><a b="c"><d></a>', MediaType.XML, "/a/@b")


@pytest.mark.parametrize(
    ("text", "value"),
    [
        pytest.param(b"SPDX-License-Identifier: CC0-1.0\n", "CC0-1.0", id="plain"),
        pytest.param(b"<!-- SPDX-License-Identifier: CC0-1.0 -->", "CC0-1.0", id="in-a-comment"),
        pytest.param(b"# SPDX-License-Identifier:CC0-1.0\r\n", "CC0-1.0", id="no-space"),
        pytest.param(b"SPDX-License-Identifier: MIT\nSPDX-License-Identifier: CC0-1.0", ["MIT", "CC0-1.0"], id="two"),
        pytest.param(b"SPDX-License-Identifier: MIT OR CC0-1.0", "MIT OR CC0-1.0", id="an-expression-is-one-value"),
        pytest.param(b"X-SPDX-License-Identifier: CC0-1.0", None, id="another-name-that-ends-alike"),
        pytest.param(b"no SPDX-License-Identifier: CC0-1.0", None, id="words-before"),
        pytest.param(b"spdx-license-identifier: CC0-1.0", None, id="names-keep-their-case"),
        pytest.param(b"", None, id="empty"),
    ],
)
def test_a_tag_is_what_follows_its_name_on_a_line(text: bytes, value: Json) -> None:
    assert derive(text, MediaType.TEXT, "tag:SPDX-License-Identifier") == value


def test_a_line_is_found_whole_or_not_at_all() -> None:
    body = "  creative commons\tPublic  Domain Dedication \r\nKräuter".encode("latin-1")
    pointer = "line:creative commons Public Domain Dedication"
    assert derive(body, MediaType.TEXT, pointer) == "creative commons Public Domain Dedication"
    assert derive(body, MediaType.TEXT, "line:Public Domain Dedication") is None
    assert derive(body, MediaType.TEXT, "line:Kräuter") == "Kräuter"


def test_a_git_blob_id_is_git_s_own(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_bytes(b"what is up, doc?")
    said = subprocess.run(["git", "hash-object", str(file)], capture_output=True, text=True, check=True).stdout.strip()
    assert git_blob(file.read_bytes()) == said == "bd9dbf5aae1a3862dd1526723246b20206e5fc37"


@given(
    st.binary(max_size=60)
    | st.sampled_from([SVG, BOMB, b'{"a": [1]}', b"a,b\n1,2\n"]).flatmap(
        lambda body: st.integers(0, len(body)).map(lambda cut: body[:cut])
    ),
    st.sampled_from(MediaType),
    st.sampled_from(["/a/0", "1/a", "//dc:title", "//rdf:li/@*", "tag:License", "line:a", "git-blob", ""])
    | st.text(max_size=9),
)
def test_any_bytes_give_the_same_value_twice_or_the_same_error(
    body: bytes, media_type: MediaType, pointer: str
) -> None:
    def outcome() -> tuple[str, Json]:
        try:
            return "value", derive(body, media_type, pointer)
        except UnreadableBody as error:
            return "error", str(error)

    first = outcome()
    assert outcome() == first
    if first[0] == "value":
        assert len(canonical(first[1])) <= MAX_QUOTE + 100


def test_toml_is_pointed_into_like_json() -> None:
    body = b'version = 1\nday = 2024-02-29\n[[annotations]]\npath = ["a/**"]\n"a/b" = true\n'
    values = {"/version": 1, "/day": "2024-02-29", "/annotations/0/path": ["a/**"], "/annotations/0/a~1b": True}
    assert {pointer: derive(body, MediaType.TOML, pointer) for pointer in values} == values
    assert derive(body, MediaType.TOML, "/annotations/1/path") is None


def test_rights_of_europeana_are_found_by_xpath() -> None:
    body = (
        b'<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns:e="http://www.europeana.eu/schemas/edm/">'
        b'<e:rights rdf:resource="http://example.org/r"/></rdf:RDF>'
    )
    assert derive(body, MediaType.XML, "//edm:rights/@rdf:resource") == "http://example.org/r"


def test_a_piece_that_was_cut_out_has_the_prefixes_that_everybody_uses() -> None:
    body = b'<metadata><rdf:RDF><cc:Work x="1"><cc:license rdf:resource="http://e.org"/></cc:Work></rdf:RDF></metadata>'
    assert derive(body, MediaType.XML, "//cc:license/@rdf:resource") == "http://e.org"
    assert derive(body, MediaType.XML, "//cc:Work/@x") == "1"
    assert derive(body, MediaType.XML, "//cc4:license/@rdf:resource") is None
    declared = body.replace(b"<metadata>", b'<metadata xmlns:cc="http://other.example/">')
    assert derive(declared, MediaType.XML, "//cc:license/@rdf:resource") is None


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(b"<a><cc:b/><x:c/></a>", id="one-nobody-knows"),
        pytest.param(b"<a x:b='1'/>", id="on-an-attribute"),
        pytest.param(b"<a><cc:b:c/></a>", id="two-colons"),
        pytest.param(b"<a><cc:b></a>", id="and-another-fault"),
    ],
)
def test_other_prefixes_without_declarations_are_not_read(body: bytes) -> None:
    with pytest.raises(UnreadableBody):
        derive(body, MediaType.XML, "//a")
