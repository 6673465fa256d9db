"""A key on its way through the commands: it reaches its own host, and nothing that is kept, shown or logged."""

from __future__ import annotations

import gzip
import json
import logging
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path

import pytest

from mitsua_data.demo.museum import collection
from mitsua_data.licences import Licence
from mitsua_data.model import Grade, ImageRef, MediaType, Verdict
from mitsua_data.sources.base import Key, Page, Record, SourceSpec, WebReader, WebSource
from mitsua_data.web import Politeness, WebClient
from tests.cli.conftest import Mitsua
from tests.sources.replay import Clock
from tests.web.conftest import PUBLIC_IP, http, redirect
from tests.web.test_lookout import Paths

API, IMAGES = "api.keyed.museum", "img.keyed.museum"
CANARY = "canary-4f1d8c2b"
VARIABLE = "MITSUA_TEST_KEY"
PNG = collection(1)[0].png


class Keyed(WebSource):
    """One page, two objects; its API demands a key."""

    def __init__(self, *, in_query: bool) -> None:
        self.spec = SourceSpec(
            id="keyed",
            institution="A museum",
            homepage=f"https://{API}/",
            may_claim=frozenset({Licence.CC0_1_0}),
            grade=Grade.E2,
            metadata_hosts=frozenset({API}),
            image_hosts=frozenset({IMAGES}),
            key=Key(variable=VARIABLE, host=API, name="api_key", in_query=in_query),
            contact_header="X-Contact",
        )

    def listing(self, reader: WebReader, after: str | None = None) -> Iterator[Page]:
        if after is None:
            yield Page((reader.get(f"https://{API}/objects?page=1", MediaType.JSON),), cursor="1")

    def records(self, page: Page) -> Iterator[Record]:
        yield Record("one", page.bodies[0], "/0")

    def images(self, record: Record) -> Sequence[ImageRef]:
        return (ImageRef("image", record.text("/image")),)

    def licence(self, record: Record, image: ImageRef) -> Verdict:
        return self.claim(Licence.CC0_1_0, record.quote("/cc0", among=(True,)))


OBJECTS = http(
    json.dumps([{"cc0": True, "image": f"https://{IMAGES}/1.png"}]).encode(), f"X-Your-Key: {CANARY}", "Set-Cookie: a=b"
)


@pytest.fixture(params=[False, True], ids=["in-a-header", "in-the-query"])
def network(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Paths:
    """A network with the keyed museum, instead of the real one, for whatever command is run."""
    query = f"&api_key={CANARY}" if request.param else ""
    made = Paths(
        {
            f"{API}/objects?page=1{query}": OBJECTS,
            f"{IMAGES}/1.png": redirect(f"https://{API}/files/1.png"),
            f"{API}/files/1.png": http(PNG),
        }
    )
    clock = Clock()
    source = Keyed(in_query=request.param)
    monkeypatch.setattr("mitsua_data.holdings.get_source", lambda _: source)
    monkeypatch.setattr("mitsua_data.holdings._politeness", lambda: Politeness(lambda: clock.now, clock.sleep))
    client = partial(WebClient, resolver=lambda _host, _port: [PUBLIC_IP], backend=made)
    monkeypatch.setattr("mitsua_data.holdings.WebClient", client)
    monkeypatch.setenv("MITSUA_CONTACT", "me@museum.example")
    monkeypatch.delenv(VARIABLE, raising=False)
    return made


def test_a_key_reaches_its_host_and_nothing_else(
    mitsua: Mitsua, network: Paths, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    private = tmp_path / "key"
    private.write_text(f"{CANARY}\n")
    private.chmod(0o600)
    monkeypatch.setenv(VARIABLE, str(private))
    caplog.set_level(logging.DEBUG)
    workspace = tmp_path / "workspace"
    shown = []
    for command in (["crawl", "keyed"], ["decide"], ["fetch", "keyed"], ["explain", "keyed:one"]):
        ran = mitsua(*command, "-w", workspace)
        assert ran.code == 0, ran.err
        shown += [ran.out, ran.err]
    asked = [stream for stream in network.streams if CANARY.encode() in stream.sent]
    assert [(stream.host, stream.sent.split(b"?")[0]) for stream in asked] == [(API, b"GET /objects")]
    assert all(b"X-Contact: me@museum.example" in stream.sent for stream in network.streams)
    files = [path for path in workspace.rglob("*") if path.is_file()]
    assert files
    for path in files:
        assert CANARY.encode() not in unpacked(path), path
    assert CANARY not in "".join(shown) + caplog.text


def test_without_the_key_nobody_is_asked(mitsua: Mitsua, network: Paths, tmp_path: Path) -> None:
    ran = mitsua("crawl", "keyed", "-w", tmp_path / "workspace")
    assert ran.code == 2
    assert f"{VARIABLE} is not set" in ran.complaint
    assert network.streams == []


def test_a_key_that_others_can_read_is_not_used(
    mitsua: Mitsua, network: Paths, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    private = tmp_path / "key"
    private.write_text(CANARY)
    private.chmod(0o644)
    monkeypatch.setenv(VARIABLE, str(private))
    ran = mitsua("crawl", "keyed", "-w", tmp_path / "workspace")
    assert (ran.code, f"run: chmod 600 {private}" in ran.complaint) == (2, True)
    assert network.streams == []


@pytest.mark.parametrize("key", [CANARY, None])
def test_a_server_that_stands_in_gets_no_key_and_needs_none(
    mitsua: Mitsua, network: Paths, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, key: str | None
) -> None:
    if key is not None:
        monkeypatch.setenv(VARIABLE, key)
    network.pages["mirror.example.org/objects?page=1"] = OBJECTS.replace(CANARY.encode(), b"none")
    ran = mitsua("crawl", "keyed", "--base-url", "https://mirror.example.org", "-w", tmp_path / "workspace")
    assert ran.code == 0, ran.err
    assert {stream.host for stream in network.streams} == {"mirror.example.org"}
    assert not any(CANARY.encode() in stream.sent for stream in network.streams)


def unpacked(path: Path) -> bytes:
    """A file's bytes, with everything that gzip hides."""
    data = path.read_bytes()
    return gzip.decompress(data) if path.suffix == ".gz" else data
