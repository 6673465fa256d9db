"""The decoder's process may crash, hang, swell or lie: the program goes on, and says what happened."""

from __future__ import annotations

import io
import os
import random
import signal
import struct
import sys
import threading
import zlib
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image

from mitsua_data.errors import UsageError
from mitsua_data.images import decode, wire
from mitsua_data.images.formats import PILLOW_NAME, Format, ImageProblem, Problem
from mitsua_data.images.results import Look, Rendered
from mitsua_data.images.transform import Encoding, Transform
from mitsua_data.images.worker import ImageWorker

SMALL = Transform(size=(16, 16))


@pytest.fixture(scope="module")
def worker() -> Iterator[ImageWorker]:
    with ImageWorker() as started:
        yield started


def picture(kind: str = "PNG", size: tuple[int, int] = (20, 10), **options: object) -> bytes:
    out = io.BytesIO()
    Image.linear_gradient("L").resize(size).convert("RGB").save(out, kind, **options)
    return out.getvalue()


def broken_decoder(code: str) -> tuple[str, ...]:
    """A decoder in which `code` runs before it serves: `d` is its module."""
    start = "import os, signal, sys, time; import mitsua_data.images.decode as d"
    root = str(Path(decode.__file__).parents[2])
    return sys.executable, "-c", f"import sys; sys.path.append({root!r}); {start}\n{code}\nd.main()"


def problem(result: Look | Rendered | ImageProblem) -> ImageProblem:
    assert isinstance(result, ImageProblem), result
    return result


def test_a_worker_says_what_the_decoder_says(worker: ImageWorker) -> None:
    for image_format in Format:
        body = picture(PILLOW_NAME[image_format])
        assert worker.look(body) == decode.look(body)
        assert worker.render(body, SMALL) == decode.render(body, SMALL)
    assert worker.restarts == 0
    assert worker.libraries["pillow"]


def test_refusals_are_values(worker: ImageWorker) -> None:
    assert problem(worker.look(b"")).family is Problem.NOT_AN_IMAGE
    assert problem(worker.render(picture()[:60], SMALL)).family is Problem.TRUNCATED
    assert worker.restarts == 0


def test_a_file_larger_than_the_limit_is_not_tried() -> None:
    with ImageWorker(max_bytes=50) as worker:
        assert problem(worker.look(picture())).family is Problem.TOO_LARGE
        assert worker.pid is None


@pytest.mark.parametrize(
    ("death", "told"),
    [
        pytest.param("os.abort()", "SIGABRT", id="abort"),
        pytest.param("os.kill(os.getpid(), signal.SIGSEGV)", "SIGSEGV", id="segmentation-fault"),
        pytest.param("os.kill(os.getpid(), signal.SIGKILL)", "SIGKILL", id="killed-for-memory"),
        pytest.param("os._exit(3)", "exit code 3", id="exit"),
        pytest.param("1 / 0", "exit code 1", id="an-error-nobody-foresaw"),
    ],
)
def test_a_decoder_that_dies_of_a_picture_is_replaced(death: str, told: str) -> None:
    code = f"""
look = d.look
def deadly(body):
    if b"deadly" in body:
        {death}
    return look(body)
d.look = deadly
"""
    with ImageWorker(command=broken_decoder(code)) as worker:
        good = picture()
        assert isinstance(worker.look(good), Look)
        found = problem(worker.look(good + b"deadly"))
        assert (found.family, told in found.detail) == (Problem.DECODER_CRASH, True)
        assert worker.restarts == 2  # tried again, alone in a new decoder
        assert isinstance(worker.look(good), Look)


def test_a_picture_is_not_blamed_for_a_death_before_it() -> None:
    with ImageWorker() as worker:
        assert isinstance(worker.look(picture()), Look)
        assert worker.pid is not None
        os.kill(worker.pid, signal.SIGKILL)
        assert isinstance(worker.look(picture()), Look)
        assert worker.restarts == 1


def test_a_decoder_killed_while_it_works_is_replaced(tmp_path: Path) -> None:
    # A decoder may write no file; that it is at work it tells by a folder of its process id's name.
    code = f"""
def slow(body):
    os.mkdir({str(tmp_path)!r} + "/" + str(os.getpid()))
    time.sleep(60)
d.look = slow
"""
    killed: set[str] = set()
    results: list[Look | ImageProblem] = []
    with ImageWorker(command=broken_decoder(code), wall_seconds=30) as worker:
        thread = threading.Thread(target=lambda: results.append(worker.look(picture())))
        thread.start()
        while thread.is_alive():
            for working in {path.name for path in tmp_path.iterdir()} - killed:
                os.kill(int(working), signal.SIGSEGV)
                killed.add(working)
            thread.join(0.01)
        assert problem(results[0]).detail == "the decoder ended by SIGSEGV"
        assert worker.restarts == len(killed) == 2


def test_a_hang_is_ended_by_the_clock() -> None:
    code = """
look = d.look
def stuck(body):
    while b"stuck" in body:
        time.sleep(1)
    return look(body)
d.look = stuck
"""
    with ImageWorker(command=broken_decoder(code), wall_seconds=0.3) as worker:
        assert problem(worker.look(picture() + b"stuck")).family is Problem.BOMB_TIME
        assert worker.restarts == 1  # the clock is not tried twice
        assert isinstance(worker.look(picture()), Look)


def test_a_decoder_that_does_not_listen_is_ended_by_the_clock() -> None:
    code = """
def deaf(requests, replies, seconds):
    replies.write(d.wire.frame(d.wire.Reply()))
    replies.flush()
    time.sleep(60)
d.serve = deaf
"""
    with ImageWorker(command=broken_decoder(code), wall_seconds=0.3) as worker:
        body = picture() + bytes(1_000_000)  # more than a pipe holds
        assert problem(worker.look(body)).family is Problem.BOMB_TIME


def test_the_kernel_ends_a_decoder_that_nobody_watches() -> None:
    code = """
def endless(body):
    while True:
        pass
d.look = endless
d._allow_processor_time = lambda seconds: d.resource.setrlimit(d.resource.RLIMIT_CPU, (1, 2))
"""
    with ImageWorker(command=broken_decoder(code), wall_seconds=60) as worker:
        found = problem(worker.look(picture()))
        assert (found.family, "processor" in found.detail) == (Problem.BOMB_TIME, True)


@pytest.mark.parametrize(
    "reply",
    [
        pytest.param("b'\\xff' * 100", id="lengths-beyond-the-cap"),
        pytest.param("d.wire.LENGTHS.pack(2, 0) + b'[]'", id="no-reply"),
        pytest.param("d.wire.LENGTHS.pack(14, 0) + b'{\"pickle\": true}'[:14]", id="no-json"),
        pytest.param("d.wire.LENGTHS.pack(16, 0) + b'{\"pickle\": true}'", id="an-unknown-field"),
        pytest.param("d.wire.LENGTHS.pack(2, 0) + b'{}'", id="nothing-said"),
    ],
)
def test_a_decoder_that_talks_nonsense_is_not_believed(reply: str) -> None:
    with ImageWorker(command=broken_decoder(f"d._answer = lambda request, body: {reply}")) as worker:
        for found in (worker.look(picture()), worker.render(picture(), SMALL)):
            assert problem(found).family is Problem.DECODER_CRASH


def test_a_decoder_that_does_not_start_is_told() -> None:
    with ImageWorker(command=(sys.executable, "-c", "raise SystemExit(1)")) as worker, pytest.raises(UsageError):
        worker.look(picture())


def test_a_picture_that_takes_too_much_memory_is_refused_and_the_next_one_read() -> None:
    large = Image.new("RGB", (6000, 6000))
    out = io.BytesIO()
    large.save(out, "PNG")
    with ImageWorker(memory=64 * 2**20) as worker:
        assert problem(worker.look(out.getvalue())).family is Problem.BOMB_MEMORY
        assert isinstance(worker.look(picture()), Look)


def scan_bomb(scans: int) -> bytes:
    """A progressive JPEG whose last scan stands there again and again: cheap to send, slow to decode."""
    body = picture("JPEG", (1500, 1500), progressive=True)
    last = body.rindex(b"\xff\xda")
    end = body.rindex(b"\xff\xd9")
    return body[:last] + body[last:end] * scans + b"\xff\xd9"


def test_a_scan_bomb_is_ended_by_the_clock() -> None:
    with ImageWorker(wall_seconds=0.5) as worker:
        assert problem(worker.look(scan_bomb(3000))).family is Problem.BOMB_TIME
        assert isinstance(worker.look(picture()), Look)


def claiming_png(width: int, height: int) -> bytes:
    header = b"IHDR" + struct.pack(">II", width, height) + b"\x08\x00\x00\x00\x00"
    return picture()[:12] + header + struct.pack(">I", zlib.crc32(header)) + picture()[33:]


def claiming_bmp(width: int, height: int) -> bytes:
    return b"BM" + bytes(8) + struct.pack("<IIiiHHIIiiII", 54, 40, width, height, 1, 24, 0, 0, 0, 0, 0, 0)


def claiming_gif(width: int, height: int) -> bytes:
    return picture("GIF")[:6] + struct.pack("<HH", width, height) + picture("GIF")[10:]


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(claiming_png(2**31 - 1, 2**31 - 1), id="png"),
        pytest.param(claiming_png(9460, 9460), id="just-over"),
        pytest.param(claiming_bmp(2**30, 3), id="bmp"),
        pytest.param(claiming_gif(65535, 65535), id="gif"),
    ],
)
def test_a_picture_that_claims_too_many_pixels_is_refused_before_it_is_decoded(
    worker: ImageWorker, body: bytes
) -> None:
    assert problem(worker.look(body)).family is Problem.BOMB_PIXELS


def test_a_picture_just_under_the_limit_is_tried(worker: ImageWorker) -> None:
    assert problem(worker.look(claiming_png(9459, 9459))).family is Problem.TRUNCATED


def test_the_decoder_sees_no_secrets_and_not_the_working_folder(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "PIL.py").write_text("raise SystemExit(9)")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MUSEUM_API_KEY", "secret")
    with ImageWorker() as worker:
        assert isinstance(worker.look(picture()), Look)
        environment = Path(f"/proc/{worker.pid}/environ")
        if environment.exists():
            assert b"secret" not in environment.read_bytes()


def test_threads_share_a_worker_by_turns(worker: ImageWorker) -> None:
    bodies = [picture(size=(side, side)) for side in range(1, 21)]
    found: dict[int, Look | ImageProblem] = {}

    def run(place: int) -> None:
        found[place] = worker.look(bodies[place])

    threads = [threading.Thread(target=run, args=(place,)) for place in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [seen.width for _, seen in sorted(found.items()) if isinstance(seen, Look)] == list(range(1, 21))


def test_a_closed_worker_leaves_no_process() -> None:
    with ImageWorker() as worker:
        worker.look(picture())
        pid = worker.pid
    assert pid is not None
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


def test_a_frame_is_lengths_header_body() -> None:
    framed = wire.frame(wire.Request(call="render", transform=SMALL), b"bytes")
    header, body = wire.LENGTHS.unpack(framed[:12])
    assert wire.Request.model_validate_json(framed[12 : 12 + header]).transform == SMALL
    assert framed[12 + header :] == b"bytes"
    assert body == 5


def test_mutants_never_reach_the_program(worker: ImageWorker) -> None:
    """A thousand damaged pictures, each with one verdict; seeded, so that a find can be had again."""
    chance = random.Random(20_000)
    seeds = [picture(PILLOW_NAME[image_format], (24, 18)) for image_format in Format]
    jpeg = Transform(size=(12, 12), encoding=Encoding.JPEG)
    for _ in range(1000):
        body = bytearray(chance.choice(seeds))
        for _ in range(chance.randint(1, 8)):
            body[chance.randrange(len(body))] = chance.randrange(256)
        if chance.random() < 0.2:
            del body[chance.randrange(len(body)) :]
        found = worker.render(bytes(body), jpeg)
        assert isinstance(found, Rendered | ImageProblem)
        if isinstance(found, Rendered):
            assert (found.width, found.height) == (12, 12)


def test_the_decoder_serves_until_its_pipe_is_closed(monkeypatch: pytest.MonkeyPatch) -> None:
    allowed: list[int] = []
    monkeypatch.setattr(decode, "_allow_processor_time", allowed.append)
    requests = [wire.Request(call="look"), wire.Request(call="render", transform=SMALL), wire.Request(call="look")]
    bodies = [picture(), picture(), b"<html>not a picture</html>"]
    asked = b"".join(wire.frame(request, body) for request, body in zip(requests, bodies, strict=True))
    answered = io.BytesIO()
    decode.serve(io.BytesIO(asked), answered, 7)
    answered.seek(0)
    replies = []
    while lengths := answered.read(wire.LENGTHS.size):
        header, body = wire.LENGTHS.unpack(lengths)
        replies.append((wire.Reply.model_validate_json(answered.read(header)), answered.read(body)))
    assert [bool(body) for _, body in replies] == [False, False, True, False]
    assert replies[0][0].libraries == decode.libraries()
    assert replies[1][0].look == decode.look(picture())
    assert replies[2][0].sample is not None
    assert replies[3][0].problem is not None
    assert allowed == [7, 7, 7]
