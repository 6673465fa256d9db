"""
Statements on single files of a repository: in a side-car, in REUSE's two kinds of lists, in Europeana's data model.

Reference: https://reuse.software/spec-3.3/, https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/,
https://pro.europeana.eu/page/edm-documentation (`edm:rights`)

* `a.png.license` has `SPDX-License-Identifier: CC0-1.0`; one without a tag that can be read says what nobody knows.
* `REUSE.toml`, in any folder above: of its `[[annotations]]`, the last whose `path` matches; of several such files, the
  nearest that has one.
* `.reuse/dep5`, in any folder above: the last paragraph whose `Files` match.
* `a.png.edm.json`, `a.png.edm.rdf`, `a.png.edm.xml`, `a.png.rdf`, `a.png.xml`: the URI of `edm:rights`.

REUSE lets the nearest of them count. Here all that speak must agree, and who reads decides where they do not. An
annotation that says `override` or `aggregate` speaks however near another one is. What cannot be read may have spoken.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from mitsua_data.licences import Licence, from_spdx, from_uri
from mitsua_data.model import Evidence, Json, Reason
from mitsua_data.sources.base import Record, RuleRefusal, file_pointer
from mitsua_data.sources.repository_paths import chain, folder, side_car
from mitsua_data.sources.reserved import restricts

SPDX_TAG: Final = "tag:SPDX-License-Identifier"
REUSE: Final = "REUSE.toml"
DEP5: Final = ".reuse/dep5"
EDM_ENDS: Final = (".edm.json", ".edm.rdf", ".edm.xml", ".rdf", ".xml")
EDM_XML: Final = "//edm:rights/@rdf:resource | //edm:rights[not(@rdf:resource)]"
EDM_JSON: Final = ("/edm:rights", "/edmRights", "/rights")
EDM_LISTS: Final = ("/aggregations", "/object/aggregations")
"""Where JSON of Europeana's interfaces, and JSON-LD, have the rights of an object: a URI, a list, or one of these."""
EDM_INNER: Final = ("/@id", "/def")
_TAGS: Final = re.compile(r"SPDX-License-Identifier\s*:.*", re.IGNORECASE)
PRECEDENCES: Final = ("closest", "aggregate", "override")


@dataclass(frozen=True)
class Statement:
    """What one place says of a file."""

    evidence: tuple[Evidence, ...]
    licences: frozenset[Licence | None] = frozenset()
    """None stands for what nobody knows. Empty: none is named."""
    about: bool = True
    """Whether it is about this file at all; what is not was looked at, and is quoted for that."""


def own_files(image: str) -> tuple[str, ...]:
    """Names of the files that speak of this image alone."""
    return (side_car(image), *(f"{image}{end}" for end in EDM_ENDS))


def lists(name: str) -> tuple[str, ...]:
    """Names of the lists that may speak of a file, the nearest first."""
    return tuple(f"{above}/{each}".lstrip("/") for above in chain(folder(name)) for each in (REUSE, DEP5))


def statements(record: Record) -> Iterator[Statement]:
    """All that is said of a file beside licence files. Raises RuleRefusal where something cannot be read."""
    if _there(record, side_car(record.id)):
        yield _side_car(record, side_car(record.id))
    yield from _reuse(record)
    for name in lists(record.id):
        if name.endswith(DEP5) and _there(record, name):
            yield from _dep5(record, name)
    for name in (f"{record.id}{end}" for end in EDM_ENDS):
        if _there(record, name):
            yield _edm(record, name)


def _there(record: Record, name: str) -> bool:
    """Whether the index, which is the record's own body, has this file."""
    return record.value(file_pointer(name)) is not None


def _side_car(record: Record, name: str) -> Statement:
    """What a side-car says. Where its text has no tag that is read, or says more than its tags, nobody knows what."""
    tag = record.quote(SPDX_TAG, of=name, missing_ok=True)
    text = record.context[name].data.decode("utf-8", "replace")
    read = len(tag.value) if isinstance(tag.value, list) else tag.value is not None
    unread = len(_TAGS.findall(text)) != read or restricts(_TAGS.sub("", text))
    return Statement(
        (tag,), _licences(tag.value) | (frozenset({None}) if unread or (text.strip() and not read) else frozenset())
    )


def _licences(value: Json) -> frozenset[Licence | None]:
    """What SPDX identifiers mean."""
    said = value if isinstance(value, list) else [value]
    return frozenset(from_spdx(each) if isinstance(each, str) else None for each in said if each is not None)


def _reuse(record: Record) -> Iterator[Statement]:
    """The annotation of the nearest list, and of others that ask to be heard all the same."""
    found = False
    for name in (each for each in lists(record.id) if each.endswith(REUSE) and _there(record, each)):
        yield Statement((record.quote("/version", of=name, among=(1,)),), about=False)
        record.quote("/annotations", of=name, missing_ok=True)  # what cannot be read may have spoken
        annotations = record.value("/annotations", of=name)
        if annotations is not None and not isinstance(annotations, list):
            raise RuleRefusal(Reason.UNKNOWN_VALUE, record.quote("/annotations", of=name))
        matching = [n for n in range(len(annotations or ())) if _matches(record, name, f"/annotations/{n}")]
        if matching:
            place = f"/annotations/{matching[-1]}"
            precedence = record.quote(f"{place}/precedence", of=name, missing_ok=True)
            if precedence.value is not None and precedence.value not in PRECEDENCES:
                raise RuleRefusal(Reason.UNKNOWN_VALUE, precedence)
            if not found or precedence.value in {"aggregate", "override"}:
                path = record.quote(f"{place}/path", of=name)
                said = record.quote(f"{place}/SPDX-License-Identifier", of=name, missing_ok=True)
                yield Statement((path, said, precedence), _licences(said.value))
            found = True


def _matches(record: Record, name: str, place: str) -> bool:
    """Whether an annotation is about the record's file. `*` stands for anything but `/`, `**` for anything."""
    path = record.quote(f"{place}/path", of=name)
    patterns = path.value if isinstance(path.value, list) else [path.value]
    inner = record.id.removeprefix(f"{folder(name)}/" if folder(name) else "")
    texts = [each for each in patterns if isinstance(each, str)]
    if len(texts) != len(patterns):
        raise RuleRefusal(Reason.UNKNOWN_VALUE, path)
    return any(_pattern(text, {"**": ".*", "*": "[^/]*"}).fullmatch(inner) for text in texts)


def _dep5(record: Record, name: str) -> Iterator[Statement]:
    """The last paragraph of a list in Debian's form that names the record's file."""
    yield Statement((record.blob(name),), about=False)
    inner = record.id.removeprefix(name.removesuffix(DEP5))
    found: dict[str, str] | None = None
    for paragraph in _paragraphs(record.context[name].data.decode("utf-8", "replace")):
        patterns = paragraph.get("files", "").split()
        if any(_pattern(text, {"**": ".*", "*": ".*", "?": "."}).fullmatch(inner) for text in patterns):
            found = paragraph
    if found is not None:
        licence = found.get("license", "").partition("\n")[0]
        lines = [record.quote(f"line:License:{gap}{licence}", of=name, missing_ok=True) for gap in (" ", "")]
        read = tuple(line for line in lines if line.value is not None)
        if licence and not read:
            raise RuleRefusal(Reason.UNREADABLE, *lines)
        yield Statement(read if licence else (), _licences(licence or None))


def _paragraphs(text: str) -> Iterator[dict[str, str]]:
    """The fields of each paragraph, with names in lower case; a line that begins with a space goes on."""
    for block in re.split(r"\n\s*\n", text.replace("\r\n", "\n")):
        fields: dict[str, str] = {}
        name = ""
        for line in block.split("\n"):
            key, colon, value = line.partition(":")
            if line[:1] in {" ", "\t"} and name:
                fields[name] += f"\n{line.strip()}"
            elif colon:
                name = key.strip().lower()
                fields[name] = value.strip()
        yield fields


def _edm(record: Record, name: str) -> Statement:
    """What the rights of a file of Europeana's data model mean; one without any is about something else."""
    pointers = (*EDM_JSON, *_aggregations(record, name)) if name.endswith(".json") else (EDM_XML,)
    quoted = [record.quote(pointer, of=name, missing_ok=True) for pointer in pointers]
    spoken = [_inner(record, name, each) for each in quoted if each.value is not None]
    values = [value for each in spoken for value in (each.value if isinstance(each.value, list) else [each.value])]
    licences = frozenset(from_uri(value) if isinstance(value, str) else None for value in values)
    return Statement(tuple(spoken or quoted[:1]), licences, about=bool(spoken))


def _aggregations(record: Record, name: str) -> Iterator[str]:
    """Where each aggregation of an object has its rights. Raises RuleRefusal where they are no list."""
    for pointer in EDM_LISTS:
        quoted = record.quote(pointer, of=name, missing_ok=True)
        found = record.value(pointer, of=name)
        if found is not None and not isinstance(found, list):
            raise RuleRefusal(Reason.UNKNOWN_VALUE, quoted)
        yield from (f"{pointer}/{place}/edmRights" for place in range(len(found or ())))


def _inner(record: Record, name: str, quoted: Evidence) -> Evidence:
    """The same, or where an object stands there, what it holds as the address."""
    if not isinstance(quoted.value, dict):
        return quoted
    inner = [record.quote(f"{quoted.pointer}{key}", of=name, missing_ok=True) for key in EDM_INNER]
    found = [each for each in inner if each.value is not None]
    if len(found) != 1:
        raise RuleRefusal(Reason.UNKNOWN_VALUE, quoted)
    return found[0]


def _pattern(text: str, wild: dict[str, str]) -> re.Pattern[str]:
    r"""A pattern of paths; `\` takes the next character as it is."""
    steps = re.findall(r"\\.|\*\*|.", text, re.DOTALL)
    return re.compile("".join(wild.get(step) or re.escape(step[-1]) for step in steps), re.DOTALL)
