"""
VRoid: pictures of avatars, rendered from models that are under CC0 one by one.

Reference: https://vroid.com/en/studio/guidelines, and `renders.json` in manifests/FORMAT.md

What is said, and how we read it:

* The published dataset is under CreativeML OpenRAIL++-M, and its README's "all CC0 or properly licensed" names nothing.
  So a dataset's word counts for nothing here. A render is clean only if every single input is, and whoever rendered it
  gives it away as well.
* A render manifest names, for each render, every input by its sha256. Of a model it quotes the meta block in which the
  author names a licence (`vrm`); of anything else (background, texture, pose) it names the licence, and the input's
  side-car (`<file>.license`, REUSE) must lie beside it and say the same.
* What pixiv provides (base models, presets, many samples) is not CC0, as its guidelines say; such a model has no meta
  block that says CC0. Inputs under a permission document are for the source `contract`.
* A model's meta block alone is judged, too: it covers the textures and the thumbnail in the file. In a crawl it is no
  picture.
* Open Source Avatars' records have no licence field, whatever their README says: all are refused.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Final

from mitsua_data.licences import Licence, from_spdx, from_uri
from mitsua_data.model import Evidence, Grade, ImageRef, Reason, Refusal, Verdict
from mitsua_data.sources.base import (
    ArchiveReader,
    ArchiveSource,
    Page,
    Record,
    RuleRefusal,
    SourceError,
    SourceSpec,
    file_pointer,
)
from mitsua_data.sources.vrm import NotDedicated, dedication, places_of_meta

MANIFEST: Final = re.compile(r"(?:.*/)?(?:[^/]+\.)?renders\.json")
FORM: Final = 1
"""Version of the manifest's form."""
ROLES: Final = ("model", "background", "texture", "pose", "motion", "prop")
"""What an input can be."""
INDEX: Final = "index"
SPDX_TAG: Final = "tag:SPDX-License-Identifier"
_SHA256: Final = re.compile(r"[0-9a-f]{64}")


class Vroid(ArchiveSource):
    """One render is one record of its manifest; a model's meta block is one by itself."""

    items = "render manifests (renders.json)"
    spec = SourceSpec(
        id="vroid",
        institution="whoever rendered the models, and their authors",
        homepage="https://vroid.com/en/studio",
        terms=("https://vroid.com/en/studio/guidelines",),
        may_claim=frozenset({Licence.CC0_1_0}),
        grade=Grade.E2,
        caption_licence=Licence.CC0_1_0,
        basis="each input's own statement: a model's meta block, a side-car for everything else",
        unverified=(
            "That a meta block is the one in the file with that sha256 is the manifest's word: files are not opened.",
            "Which of pixiv's sample models are under CC0 is shown in a picture only; none is taken for granted.",
        ),
        needs="a folder of renders with a manifest that names every input (renders.json, see manifests/FORMAT.md)",
        rule_version=1,
    )

    def is_item(self, name: str) -> bool:
        """Any JSON file: manifests, meta blocks, and what must be refused."""
        return name.lower().endswith(".json")

    def is_top(self, entries: Collection[str]) -> bool:
        """Where a manifest lies."""
        return any(MANIFEST.fullmatch(entry) for entry in entries)

    def is_collection(self, names: Iterable[str]) -> bool:
        """Where a manifest is among them."""
        return any(MANIFEST.fullmatch(name) for name in names)

    def pages(self, reader: ArchiveReader, after: str | None = None) -> Iterator[Page]:
        """One for each manifest; the cursor is its name. Meta blocks and other JSON in the folder are no renders."""
        manifests = sorted(name for name in reader.names() if MANIFEST.fullmatch(name))
        self.require(manifests)
        named: dict[str, str] = {}
        for body in reader.stream(manifests):
            manifest = Record("", body)
            for render in (_at(manifest, manifest.text(f"{base}/file")) for base in _renders(manifest)):
                if named.setdefault(render, body.name) != body.name:
                    both = f"{named[render]} and {body.name}"
                    raise SourceError(f"{both} both name {render}", advice="name each render in one manifest only")
            if after is None or body.name > after:
                yield self._page(reader, manifest)

    def _page(self, reader: ArchiveReader, manifest: Record) -> Page:
        names = {_at(manifest, manifest.text(f"{base}/file")) for base in (*_renders(manifest), *_inputs(manifest))}
        side_cars = {each.name: each for each in reader.stream(f"{name}.license" for name in names if name)}
        context = {INDEX: reader.index(names), **side_cars}
        return Page((manifest.body,), cursor=manifest.body.name, context=context)

    def records(self, page: Page) -> Iterable[Record]:
        """Renders of a manifest, models with a meta block, rows of Open Source Avatars."""
        for body in page.bodies:
            whole = Record(body.name or body.locator, body, context=page.context)
            files = Counter(whole.text(f"{base}/file") for base in _renders(whole))
            for base in _renders(whole):
                file = whole.text(f"{base}/file")
                alone = bool(file) and files[file] == 1
                yield replace(whole, id=_at(whole, file) if alone else f"{whole.id}{base}", base=base)
            if places_of_meta(whole):
                yield replace(whole, id=whole.text("/file") or whole.id)
            for row in (replace(whole, base=f"/{place}") for place in range(whole.length() or 0)):
                if row.seen("/model_file_url") is not None:
                    yield replace(row, id=row.text("/id") or f"{whole.id}{row.base}")

    def images(self, record: Record) -> Sequence[ImageRef]:
        """The render, the pictures in a model, or an avatar's thumbnail."""
        if record.base.startswith("/renders/"):
            return (self._render(record),)
        if record.base:
            url = record.text("/thumbnail_url")
            return (ImageRef("thumbnail", url, title=record.text("/name")),) if url else ()
        if INDEX in record.context:
            return ()
        place = next(iter(places_of_meta(record)), "")
        title = record.text(f"{place}/title") or record.text(f"{place}/name")
        return (ImageRef("model", f"{self.spec.id}:{record.id}", title=title, creator=_author(record, place)),)

    def licence(self, record: Record, image: ImageRef) -> Verdict:  # noqa: ARG002  # a record is an image here
        """CC0 if every input is, by its own statement, and the render by that of its maker."""
        if record.base.startswith("/renders/"):
            return self.claim(Licence.CC0_1_0, *_clean(record))
        if record.base:
            said = [record.quote(pointer, missing_ok=True) for pointer in ("/license", "/metadata/license")]
            silent = all(each.value is None for each in said)
            return Refusal(Reason.UNREADABLE if silent else Reason.UNKNOWN_VALUE, (*said, record.quote("/id")))
        return self.claim(Licence.CC0_1_0, *dedication(record))

    def _render(self, record: Record) -> ImageRef:
        file = record.quote("/file")
        if not isinstance(file.value, str) or not file.value:
            raise RuleRefusal(Reason.UNKNOWN_VALUE, file)
        settings = record.seen("/settings")
        words = settings.values() if isinstance(settings, dict) else ()
        return ImageRef(
            part="render",
            url=f"{self.spec.id}:{record.id}",
            title=record.text("/title"),
            creator=_whole(record).text("/maker"),
            tags=tuple(dict.fromkeys((*record.texts("/tags"), *(word for word in words if isinstance(word, str))))),
        )


# --- what a manifest says ------------------------------------------------------------------------------------------


def _whole(record: Record) -> Record:
    return replace(record, base="")


def _at(manifest: Record, file: str) -> str:
    """The archive's name of a file that the manifest names, which it does from its own folder."""
    folder = manifest.body.name.rpartition("/")[0]
    return f"{folder}/{file}" if folder and file else file


def _renders(manifest: Record) -> list[str]:
    """Where each render stands."""
    return [f"/renders/{place}" for place in range(manifest.length("/renders") or 0)]


def _inputs(manifest: Record) -> list[str]:
    """Where each input stands."""
    inputs = manifest.seen("/inputs")
    return [f"/inputs/{key}" for key in inputs if _SHA256.fullmatch(key)] if isinstance(inputs, dict) else []


def _author(record: Record, place: str) -> str:
    return record.text(f"{place}/author") or ", ".join(record.texts(f"{place}/authors"))


def _clean(record: Record) -> Iterator[Evidence]:
    """The evidence that a render is clean. Raises RuleRefusal with the first reason why it is not."""
    whole = _whole(record)
    file = record.quote("/file")
    if record.id != _at(whole, record.text("/file")):  # it is named twice
        raise RuleRefusal(Reason.CONFLICT, file)
    yield whole.quote("/form", among=(FORM,))
    yield _cc0(whole.quote("/licence"))
    yield from _bytes(record)
    inputs = record.quote("/inputs")
    names = record.value("/inputs")
    if not isinstance(names, list) or not names:
        raise RuleRefusal(Reason.UNREADABLE, inputs)
    yield inputs
    roles = []
    for name in names:
        if not isinstance(name, str) or not _SHA256.fullmatch(name):
            raise RuleRefusal(Reason.UNKNOWN_VALUE, inputs)
        role = whole.quote(f"/inputs/{name}/role", among=ROLES)
        roles.append(role.value)
        yield role
        yield from _input(whole, name, model=role.value == "model")
    if "model" not in roles:
        raise RuleRefusal(Reason.UNREADABLE, inputs)


def _bytes(record: Record) -> Iterator[Evidence]:
    """Which picture is meant: the bytes in the archive are those that were rendered."""
    said = record.quote("/sha256")
    yield said
    if INDEX in record.context:
        yield _agrees(record, record.id, said.value)


def _agrees(record: Record, name: str, sha256: object) -> Evidence:
    held = record.quote(file_pointer(name), of=INDEX)
    if held.value != f"sha256:{sha256}":
        raise RuleRefusal(Reason.CONFLICT, held)
    return held


def _input(whole: Record, sha256: str, *, model: bool) -> Iterator[Evidence]:
    """The statement on one input, by itself."""
    place = f"/inputs/{sha256}"
    name = _at(whole, whole.text(f"{place}/file"))
    if INDEX in whole.context and whole.value(file_pointer(name), of=INDEX) is not None:
        yield _agrees(whole, name, sha256)
    if model:
        yield from dedication(whole, place)
        return
    file = whole.quote(f"{place}/file")
    if not isinstance(file.value, str) or not file.value.strip("/."):
        raise RuleRefusal(Reason.UNKNOWN_VALUE, file)
    yield file
    yield _cc0(whole.quote(f"{place}/licence"))
    yield _cc0(whole.quote(SPDX_TAG, of=f"{name}.license"))


def _cc0(said: Evidence) -> Evidence:
    """The same, if it names CC0."""
    if not isinstance(said.value, str):
        raise RuleRefusal(Reason.UNKNOWN_VALUE, said)
    licence = from_spdx(said.value) or from_uri(said.value)
    if licence is not Licence.CC0_1_0:
        reason = Reason.UNKNOWN_LICENCE if licence is None else Reason.LICENCE_NOT_CLAIMABLE
        raise NotDedicated(reason, said, licence=licence)
    return said
