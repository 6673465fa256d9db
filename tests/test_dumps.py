"""Dumps: every slice is made of the file's own bytes, and begins and ends where rows and elements do."""

from __future__ import annotations

import bz2
import csv
import gzip
import io
import json
import tarfile
import tracemalloc
from collections.abc import Iterator
from contextlib import closing
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mitsua_data import dumps, slices
from mitsua_data.dumps import Dump, open_dump
from mitsua_data.errors import SourceError, UsageError
from mitsua_data.model import MediaType
from mitsua_data.pointers import UnreadableBody, derive
from mitsua_data.sources.base import DUMP, Body, DumpReader, Page, Record, file_pointer
from tests.making import folder

CSV_PARTS = (
    b"\xef\xbb\xbfid,title,note\r\n",
    b'1,"A ""red"" fish","two\r\nlines, and a comma"\r\n',
    b"\r\n",
    b"2,Hat,\n",
    b'3,"\n\n",x\r',
    b"4,\xe7\x8c\xab,the last one has no line end",
)
CSV = b"".join(CSV_PARTS)
"""Quoted newlines, three kinds of line ends, a byte order mark, a blank line, text that is no ASCII."""
POINTER = b"version https://git-lfs.github.com/spec/v1\noid sha256:" + b"ab" * 32 + b"\nsize 317000000\n"


@pytest.fixture
def place(tmp_path: Path) -> Path:
    return tmp_path / "dump"


def dump_of(place: Path, files: dict[str, bytes]) -> Dump:
    return open_dump("museum", [folder(place, files)])


def sliced(dump: Dump, name: str, **how: int) -> list[tuple[str, bytes]]:
    return [(body.name.partition("?")[2], body.data) for body in dump.slices(name, **how)]


def values(bodies: Iterator[Body]) -> list[Any]:
    return [value for body in bodies for value in json.loads(body.data)]


def test_a_slice_of_csv_is_the_header_and_whole_rows_in_the_file_s_own_bytes(place: Path) -> None:
    dump = dump_of(place, {"a.csv": CSV})
    header, first, _, *others = CSV_PARTS
    assert sliced(dump, "a.csv", size=2) == [
        ("1-2", header + first + others[0]),
        ("3-4", header + others[1] + others[2]),
    ]
    assert sliced(dump, "a.csv", size=2, after=3) == [("4-4", header + others[2])]
    (body,) = dump.slices("a.csv")
    assert (body.locator, body.media_type, body.exchange) == ("museum:a.csv?1-4", MediaType.CSV, None)
    assert derive(body.data, MediaType.CSV, "1/note") == "two\r\nlines, and a comma"
    assert derive(body.data, MediaType.CSV, "4/title") == "猫"


CELLS = st.text(alphabet="ab,\"'\n\r é猫", max_size=8)


@given(
    table=st.lists(st.lists(CELLS, min_size=2, max_size=2), min_size=1, max_size=12),
    end=st.sampled_from(["\n", "\r\n"]),
    quoting=st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]),
    size=st.integers(1, 5),
    after=st.integers(0, 12),
)
def test_rows_end_where_the_csv_module_ends_them(
    table: list[list[str]], end: str, quoting: Any, size: int, after: int, tmp_path_factory: pytest.TempPathFactory
) -> None:
    text = io.StringIO()
    csv.writer(text, lineterminator=end, quoting=quoting).writerows([["x", "y"], *table])
    dump = dump_of(tmp_path_factory.mktemp("csv"), {"a.csv": text.getvalue().encode()})
    found = [list(csv.reader(io.StringIO(data.decode(), newline=""))) for _, data in sliced(dump, "a.csv", size=size)]
    assert all(each[0] == ["x", "y"] for each in found)
    expected = [row for row in csv.reader(io.StringIO(text.getvalue(), newline=""), strict=True) if row][1:]
    assert [row for each in found for row in each[1:]] == expected
    behind = b"".join(data[len("x,y" if quoting == csv.QUOTE_MINIMAL else '"x","y"') + len(end) :]
                      for _, data in sliced(dump, "a.csv", size=size, after=after))  # fmt: skip
    if quoting == csv.QUOTE_ALL:  # the other way, the module writes a lone "\r" bare: a blank line, and left out
        assert text.getvalue().encode().endswith(behind)
    assert len(list(csv.reader(io.StringIO(behind.decode(), newline="")))) == max(0, len(expected) - after)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(alphabet='ab"\\[]{},: 猫\n', max_size=6),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(alphabet='a"]', max_size=2), inner, max_size=3),
)


@given(made=st.lists(JSON, max_size=9), indent=st.sampled_from([None, 1]), ascii_only=st.booleans(),
       chunk=st.integers(1, 9), size=st.integers(1, 4))  # fmt: skip
def test_elements_of_an_array_are_found_in_their_own_bytes(
    made: list[Any],
    indent: int | None,
    ascii_only: bool,
    chunk: int,
    size: int,
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    text = json.dumps(made, indent=indent, ensure_ascii=ascii_only).encode()
    at = tmp_path_factory.mktemp("json")
    dump = dump_of(at, {"whole.json": text, "spaced.json": b"\xef\xbb\xbf \n" + text + b"\n"})
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(slices, "_CHUNK", chunk)
        for name in dump.names():
            bodies = list(dump.slices(name, size=size))
            assert values(iter(bodies)) == made
            for body in bodies:
                assert all(part in text for part in body.data[1:-1].split(b",\n") if size == 1)


@pytest.mark.parametrize("chunk", range(1, 6))
def test_a_number_that_goes_on_behind_the_window_is_one_number(
    place: Path, chunk: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(slices, "_CHUNK", chunk)
    dump = dump_of(place, {"a.json": b"[1234, 5, -67.8e9]", "b.json": b"12 34"})
    assert [data for _, data in sliced(dump, "a.json")] == [b"[1234,\n5,\n-67.8e9]"]
    assert [data for _, data in sliced(dump, "b.json")] == [b"[12,\n34]"]


def test_a_byte_order_mark_is_no_part_of_the_first_column_s_name(place: Path) -> None:
    for header in (b"id,title\n", b'"id","title"\n'):
        data = b"\xef\xbb\xbf" + header + b"7,a\n8,b\n"
        dump = dump_of(place, {"a.csv": data})
        assert dump.matching("a.csv", "id", ["8"]).data == b"\xef\xbb\xbf" + header + b"8,b\n"
        (body,) = dump.slices("a.csv")
        assert body.data == data
        assert derive(body.data, MediaType.CSV, "2/id") == "8"


def test_one_entity_a_line_in_an_array_as_wikimedia_writes_it(place: Path) -> None:
    lines = [json.dumps({"id": f"M{n}", "labels": {"en": "a ] b"}}) for n in range(5)]
    dump = dump_of(place, {"m.json.bz2": bz2.compress(("[\n" + ",\n".join(lines) + "\n]\n").encode())})
    found = sliced(dump, "m.json.bz2", size=2)
    assert [where for where, _ in found] == ["1-2", "3-4", "5-5"]
    assert found[0][1] == f"[{lines[0]},\n{lines[1]}]".encode()
    assert sliced(dump, "m.json", size=2, after=2) == found[1:]
    assert next(dump.slices("m.json")).locator == "museum:m.json.bz2?1-5", "as the file is called that has the digest"


def test_an_array_in_many_packed_streams_is_one_array(place: Path) -> None:
    parts = (b'[{"n":1},', b'{"n":2}', b"]")
    dump = dump_of(
        place, {"a.json.gz": b"".join(map(gzip.compress, parts)), "b.json.bz2": b"".join(map(bz2.compress, parts))}
    )
    assert values(dump.slices("a.json")) == values(dump.slices("b.json")) == [{"n": 1}, {"n": 2}]


def test_json_lines_are_elements_and_a_broken_line_stands_alone(place: Path) -> None:
    lines = [b'{"n":1}', b'{"n":2}', b'{"n":', b'{"n":4,"n":5}', b'{"n":NaN}', b'{"n":"\xff"}', b'{"n":7} ']
    text = b"\n".join(lines[:3]) + b"\r\n\r\n" + b"\n".join(lines[3:])
    for name in ("a.txt", "a.jsonl", "a.ndjson"):
        dump = dump_of(place / name, {name: text})
        found = sliced(dump, name)
        assert [where for where, _ in found] == ["1-2", "3-3", "4-4", "5-5", "6-6", "7-7"]
        assert found[0][1] == b'[{"n":1},\n{"n":2}]'
        for _, data in found[1:5]:
            with pytest.raises(UnreadableBody):
                derive(data, MediaType.JSON, "/0/n")
        assert derive(found[5][1], MediaType.JSON, "/0/n") == 7


def test_a_file_of_lines_may_turn_out_to_be_an_array_or_one_object(place: Path) -> None:
    dump = dump_of(
        place, {"a.txt": b' [{"n":1},\n{"n":2}]', "one.json": b'{\n "n": 3\n}\n', "more.json": b'{"n":4}\n{"n":5}'}
    )
    assert values(dump.slices("a.txt")) == [{"n": 1}, {"n": 2}]
    assert sliced(dump, "one.json") == [("1-1", b'[{\n "n": 3\n}]')]
    assert values(dump.slices("more.json")) == [{"n": 4}, {"n": 5}]


def test_an_element_that_a_strict_reader_refuses_does_not_take_others_with_it(place: Path) -> None:
    dump = dump_of(place, {"a.json": b'[{"n":1},{"n":2,"n":3},{"n":4},{"n":Infinity},{"n":6}]'})
    assert [where for where, _ in sliced(dump, "a.json")] == ["1-1", "2-2", "3-3", "4-4", "5-5"]


def test_a_row_that_a_strict_reader_refuses_does_not_take_others_with_it(place: Path) -> None:
    text = b'id,title\n1,a\n2,"b"c\n3,\xff\n4,d\n5,"e\n'
    dump = dump_of(place, {"a.csv": text})
    found = dict(sliced(dump, "a.csv"))
    assert list(found) == ["1-1", "2-2", "3-3", "4-4", "5-5"]
    assert found["5-5"] == b'id,title\n5,"e\n'
    for bad in ("2-2", "3-3", "5-5"):
        with pytest.raises(UnreadableBody):
            derive(found[bad], MediaType.CSV, "1/id")
    assert derive(found["4-4"], MediaType.CSV, "1/id") == "4"


@pytest.mark.parametrize("ending", ["tar", "tar.gz", "tgz", "tar.bz2"])
def test_a_tar_of_json_files_is_read_as_their_array(place: Path, ending: str) -> None:
    name = f"data.{ending}"
    place.mkdir()
    packing = {"tar": "", "tgz": "gz"}.get(ending, ending[4:])
    with tarfile.open(place / name, f"w:{packing}") as tar:  # type: ignore[call-overload]
        for inner, data in {"json/a/1.json": b'{\n "n": 1\n}\n', "README.md": b"x", "json/a/2.json": b'{"n":2}',
                            "json/a/3.json": b"{", "json/b/1.json": b'{"n":4}'}.items():  # fmt: skip
            info = tarfile.TarInfo(inner)
            info.size = len(data)
            tar.addfile(info, io.BytesIO(data))
        link = tarfile.TarInfo("json/link.json")
        link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
        tar.addfile(link)
    found = sliced(open_dump("museum", [place / name]), name)
    assert found == [("1-2", b'[{\n "n": 1\n},\n{"n":2}]'), ("3-3", b"[{]"), ("4-4", b'[{"n":4}]')]


def test_every_slice_of_a_damaged_file_that_was_read_is_right_and_then_it_is_said(place: Path) -> None:
    whole = bz2.compress(("[" + ",".join(f'{{"n":{n}}}' for n in range(400_000)) + "]").encode(), 1)
    dump = dump_of(place, {"a.json.bz2": whole[: len(whole) // 2]})
    found: list[Body] = []
    with pytest.raises(SourceError, match=r"a\.json\.bz2 cannot be read") as caught:
        found.extend(dump.slices("a.json"))
    assert values(iter(found)) == [{"n": n} for n in range(len(found) * 200)]
    assert len(found) > 100
    assert "download it again" in caught.value.advice


@pytest.mark.parametrize(
    ("name", "data", "said"),
    [
        ("a.json", b'[{"n":1}', "behind element 1 stands neither a comma nor the array's end"),
        ("a.json", b'[{"n":1},', "the array has no end behind element 1"),
        ("a.json", b'[{"n":1}] x', "more stands behind the array of 1 elements"),
        ("a.json", b'[{"n":1}, x]', "element 2 is no JSON"),
        ("a.json", b'[{"n":1}, {"n":', "element 2 is no JSON"),
        ("a.json", b"hello", "element 1 is no JSON"),
        ("a.json", b"[" * 100_000, "nested too deeply"),
        ("a.json.gz", b"hello", "cannot be read"),
        ("a.csv.gz", gzip.compress(b""), "no header line in UTF-8"),
        ("a.csv", "id,title\n".encode("utf-16"), "no header line in UTF-8"),
        ("a.tar", b"hello" * 1000, "cannot be read"),
        ("a.tar.bz2", bz2.compress(b"hello" * 1000), "cannot be read"),
    ],
)
def test_what_cannot_be_read_is_one_clear_error(place: Path, name: str, data: bytes, said: str) -> None:
    with pytest.raises(SourceError, match=said) as caught:
        list(dump_of(place, {name: data}).slices(name))
    assert str(caught.value).startswith(f"{name}")
    assert caught.value.advice


@pytest.mark.parametrize("name", ["a.csv", "a.json", "a.txt"])
def test_a_row_or_element_without_end_is_not_read_into_memory(
    place: Path, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(slices, "_LARGEST", 100_000)
    monkeypatch.setattr(slices, "_CHUNK", 1000)
    start = {"a.csv": b'id\n"', "a.json": b'["', "a.txt": b'{"'}[name]
    dump = dump_of(place, {name: start + b"x" * 3_000_000})
    tracemalloc.start()
    with pytest.raises(SourceError, match=r"100000|no JSON"):
        list(dump.slices(name))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 2_000_000


def test_slices_are_cut_by_their_bytes_too(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dumps, "SLICE_BYTES", 24)
    dump = dump_of(place, {"a.json": b'["' + b"x" * 50 + b'",1,2,"' + b"y" * 20 + b'",3]'})
    found = sliced(dump, "a.json")
    assert [where for where, _ in found] == ["1-1", "2-4", "5-5"]
    for number in (1, 4):
        assert sliced(dump, "a.json", after=number) == found[1 if number == 1 else 2 :]


def test_memory_does_not_grow_with_the_file(place: Path) -> None:
    row = b'"' + b"x" * 900 + b'",\n'
    dump = dump_of(
        place,
        {
            "a.csv": b"text,more\n" + row * 20_000,
            "a.json": b"[" + b",\n".join([b'{"n":"' + b"x" * 900 + b'"}'] * 20_000) + b"]",
        },
    )
    for name in dump.names():
        tracemalloc.start()
        assert sum(1 for _ in dump.slices(name)) == 100
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert peak < 12_000_000, name


def test_the_index_names_each_file_s_digest_as_a_record_quotes_it(place: Path) -> None:
    files = {"data/objects.csv": CSV, "data/m.json.bz2": bz2.compress(b"[1]"), "README.md": b"x", ".git/a.csv": b"x"}
    dump: DumpReader = dump_of(place, files)
    assert dump.names() == ("m.json.bz2", "objects.csv")
    index = dump.index()
    assert (index.locator, index.name, index.media_type) == ("museum:?dump", DUMP, MediaType.JSON)
    (body,) = dump.slices("objects.csv")
    record = Record("1", body, "1", context={DUMP: index})
    evidence = record.quote(file_pointer(body.name.partition("?")[0]), of=DUMP)
    assert evidence.value == f"sha256:{sha256(CSV).hexdigest()}"
    assert dump.index() is index
    assert list(Page((body,), context={DUMP: index}).captures()) == [index, body]


def test_files_with_one_name_are_told_apart_by_their_folders(place: Path) -> None:
    dump = dump_of(
        place,
        {f"{unit}/{name}": b"{}" for unit in ("npg", "nmah") for name in ("00.txt", "01.txt")}
        | {"npg/index.txt": b"{}"},
    )
    assert dump.names() == ("index.txt", "nmah/00.txt", "nmah/01.txt", "npg/00.txt", "npg/01.txt")
    assert next(dump.slices("npg/00.txt")).locator == "museum:npg/00.txt?1-1"
    twice = open_dump("museum", [place / "npg", place / "npg/00.txt"])
    assert twice.names() == ("00.txt", "01.txt", "index.txt")


def test_a_file_that_changes_while_it_is_read_ends_the_crawl(place: Path) -> None:
    dump = dump_of(place, {"a.csv": b"id\n1\n2\n3\n"})
    dump.index()
    found = dump.slices("a.csv", size=1)
    assert next(found).data == b"id\n1\n"
    (place / "a.csv").write_bytes(b"id\n1\n2\n4\n5\n")
    with pytest.raises(SourceError, match=r"a\.csv: it was changed while it was read"):
        next(found)
    with pytest.raises(SourceError, match="changed"):
        list(dump.slices("a.csv"))


@pytest.mark.parametrize("packed", [False, True])
def test_rows_are_joined_in_the_file_s_order_and_own_bytes(place: Path, packed: bool) -> None:
    rows = [b"7,a\r\n", b'8,"b\nb"\n', b"7,c,too many\n", b'9,"d"e\n', b"7,f\n", b"\n", b"5,g"]
    data = b"id,title\r\n" + b"".join(rows)
    name = "o.csv.gz" if packed else "o.csv"
    with closing(dump_of(place, {name: gzip.compress(data) if packed else data})) as dump:
        body = dump.matching("o.csv", "id", ["5", "7", "nobody", "7"])
        assert body.data == b"id,title\r\n" + rows[0] + rows[4] + rows[6]
        assert body.locator.startswith(f"museum:{name}?id=")
        assert dump.matching("o.csv", "id", iter(["nobody"])).data == b"id,title\r\n"
        assert dump.matching("o.csv", "id", ["7", "5", "nobody"]) == body
        assert dump.matching("o.csv", "id", ["8"]).locator != body.locator
        assert dump.matching("o.csv", "title", ["b\nb"]).data == b"id,title\r\n" + rows[1]
        for missing in ("Id", ""):
            with pytest.raises(SourceError, match=r"o\.csv.*: 0 of its columns are called"):
                dump.matching("o.csv", missing, ["7"])


def test_a_join_larger_than_a_body_is_an_error_before_it_is_read(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mitsua_data.bulk.MAX_BODY", 50)
    dump = dump_of(place, {"o.csv": b"id,title\n" + b"1,aaaaaaaaaa\n" * 5})
    with pytest.raises(SourceError, match="at most 50 are read at once"):
        dump.matching("o.csv", "id", ["1"])


@pytest.mark.parametrize(
    ("files", "named", "kind", "said"),
    [
        ({}, "nowhere.csv", UsageError, r"nowhere\.csv does not exist"),
        ({"README.md": b"x"}, ".", SourceError, "holds no file of a dump"),
        ({"a.zip": b"x"}, "a.zip", UsageError, r"a\.zip is no file of a dump"),
        ({"csv": b"x"}, "csv", UsageError, "csv is no file of a dump"),
        ({"a.csv": b""}, "a.csv", SourceError, r"a\.csv: empty"),
        ({"a.csv": b""}, ".", SourceError, r"a\.csv: empty"),
        ({"a.csv": POINTER}, "a.csv", SourceError, "a pointer of Git LFS"),
        ({"a.csv": POINTER, "b.json": POINTER}, ".", SourceError, "a pointer of Git LFS"),
        ({"a.csv?1": b"x", "a?.csv": b"id\n"}, ".", UsageError, "cannot be the name"),
        ({"a\n.csv": b"id\n"}, ".", UsageError, "cannot be the name"),
        ({"a.csv/x": b"id\n"}, "a.csv", SourceError, "holds no file of a dump"),
    ],
)
def test_what_is_no_dump_is_said_before_anything_is_read(
    place: Path, files: dict[str, bytes], named: str, kind: type[Exception], said: str
) -> None:
    folder(place, files)
    place.mkdir(exist_ok=True)
    with pytest.raises(kind, match=said) as caught:
        open_dump("museum", [place / named])
    if "LFS" in said:
        assert "git lfs pull" in getattr(caught.value, "advice", "")


def test_pointers_beside_files_that_were_pulled_are_passed_over(place: Path) -> None:
    assert dump_of(place, {"a.csv": POINTER, "b.csv": CSV}).names() == ("b.csv",)


def test_a_file_that_is_not_in_the_dump_is_asked_for_by_name(place: Path) -> None:
    dump = dump_of(place, {"a.csv": CSV})
    for ask in (lambda: list(dump.slices("o.csv")), lambda: dump.matching("o.csv", "id", [])):
        with pytest.raises(SourceError, match=r"the dump has no o\.csv"):
            ask()
    with pytest.raises(SourceError, match="no CSV"):
        dump_of(place / "b", {"a.json": b"[]"}).matching("a.json", "id", [])


def test_slices_of_recorded_dumps_hold_their_records(shared: Path) -> None:
    dump = open_dump("nga", sorted((shared / "sources/nga").glob("*.csv")))
    for name in dump.names():
        text = (shared / "sources/nga" / name).read_bytes().decode("utf-8-sig")
        expected = list(csv.reader(io.StringIO(text, newline="")))[1:]
        found = [
            row for body in dump.slices(name, size=7)
            for row in list(csv.reader(io.StringIO(body.data.decode("utf-8-sig"), newline="")))[1:]
        ]  # fmt: skip
        assert found == expected, name
    pages = open_dump("artic", sorted((shared / "sources/artic").rglob("artwork_*.json")))
    assert all(
        json.loads(body.data)[0]["api_model"] == "artworks" for name in pages.names() for body in pages.slices(name)
    )
