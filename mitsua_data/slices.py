"""
Where rows and elements begin and end: CSV, JSON lines, JSON arrays and tars of JSON files, read as streams.

Each piece is handed on in the file's own bytes, so that what is captured is what was published. A piece that a strict
reader would not take (a broken row, a key that comes twice, bytes that are no UTF-8) is marked as not sound: it is kept
apart from the others, and refused alone. Memory: one piece and one chunk.

Laws. Rows end where Python's csv module ends them; blank lines are no rows. The bytes of a CSV file are its header,
its rows and its blank lines, in order. Whatever the bytes are, this yields pieces or raises SourceError.
"""

from __future__ import annotations

import csv
import io
import json
import tarfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import IO, Any, Final

from mitsua_data.errors import SourceError
from mitsua_data.pointers import MAX_BODY

BROKEN: Final = (OSError, EOFError, zlib.error, tarfile.TarError, OverflowError, ValueError)
"""What reading raises on files that are cut short, damaged or made to harm."""
_CHUNK: Final = 1 << 20
"""Characters read at once."""
_LARGEST: Final = MAX_BODY - (1 << 20)
"""Largest piece in bytes: with a header line it must still be parsed as one body."""
_BOM: Final = "\ufeff"
_SPACE: Final = " \t\r\n"
_GOES_ON: Final = frozenset(["", *"0123456789.eE+-"])
"""What may follow a number that is not over: the decoder takes the digits before it for the whole."""


@dataclass(frozen=True, slots=True)
class Piece:
    """A row, or an element."""

    data: bytes
    """As it stands in the file; a row with its line end."""
    sound: bool = True
    """Whether a strict reader takes it."""
    cells: tuple[str, ...] = ()
    """Of a sound row."""
    offset: int = 0
    """Of a row: where it begins in the unpacked file."""


def rows(stream: IO[bytes]) -> Iterator[Piece]:
    """The header line of a CSV file, then its rows. Raises SourceError for a row that never ends."""
    with _text(stream) as text:
        lines_of = _Lines(text)
        reader = csv.reader(lines_of, strict=True)
        offset = 0
        while True:
            try:
                cells, sound = tuple(next(reader)), True
            except StopIteration:
                return
            except csv.Error:
                cells, sound = (), False
            data, valid = _bytes(lines_of.taken())
            if cells or not sound:
                yield Piece(data, sound and valid, cells, offset)
            offset += len(data)


def elements(stream: IO[bytes]) -> Iterator[Piece]:
    """The elements of the one array that a file is, or the values that follow one another in it. Raises SourceError."""
    with _text(stream) as source:
        text = _Scanner(source)
        array = text.take("[")
        number = 0
        while not text.ended():
            if array and text.take("]"):
                if not text.ended():
                    raise SourceError(f"more stands behind the array of {number} elements", advice=_LOOK)
                return
            number += 1
            yield text.value(number)
            if array and not (text.take(",") or text.comes("]")):
                raise SourceError(f"behind element {number} stands neither a comma nor the array's end", advice=_AGAIN)
        if array:
            raise SourceError(f"the array has no end behind element {number}", advice=_AGAIN)


def lines(stream: IO[bytes]) -> Iterator[Piece]:
    """The values of a file with one JSON value a line; blank lines are none. A broken line is a piece of its own."""
    with _text(stream) as text:
        number = 0
        while line := text.readline(_LARGEST + 1):
            number += 1
            if len(line) > _LARGEST:
                raise SourceError(f"line {number} has more than {_LARGEST} characters", advice=_LOOK)
            if value := line.lstrip(_BOM).strip(_SPACE):
                yield _checked(value)


def members(stream: IO[bytes]) -> Iterator[Piece]:
    """The JSON files of a tar, each one an element, in the tar's order. Nothing is extracted."""
    # Not "r|": a size field of 2^88 bytes makes tarfile's own stream spin; a seek past the end is an error.
    with tarfile.open(fileobj=stream, mode="r:", errorlevel=2) as tar:
        while (member := tar.next()) is not None:
            tar.members = []  # type: ignore[attr-defined]  # it keeps them all, and there may be a million
            if not member.isfile() or not member.name.endswith(".json"):
                continue
            if member.size > _LARGEST:
                raise SourceError(f"{member.name} has {member.size} bytes, at most {_LARGEST} are read", advice=_LOOK)
            data = (tar.extractfile(member) or io.BytesIO()).read()
            if len(data) != member.size:
                raise SourceError(f"{member.name} is cut short", advice=_AGAIN)
            text = data.decode("utf-8", "surrogateescape").lstrip(_BOM).strip(_SPACE)
            yield _checked(text) if text else Piece(b"", sound=False)


@contextmanager
def naming(name: str) -> Iterator[None]:
    """Whatever goes wrong while `name` is read is one SourceError that names it."""
    try:
        yield
    except SourceError as error:
        raise SourceError(f"{name}: {error}", advice=error.advice) from error
    except BROKEN as error:
        said = getattr(error, "strerror", None) or str(error) or type(error).__name__
        raise SourceError(f"{name} cannot be read: {said}", advice=_AGAIN) from error


_LOOK: Final = "look at the file there: is it whole, and what the source publishes?"
_AGAIN: Final = "is it whole? download it again"


@contextmanager
def _text(stream: IO[bytes]) -> Iterator[io.TextIOWrapper]:
    """Bytes that are no UTF-8 become lone surrogates, and the same bytes again in `_bytes`. Line ends stay."""
    text = io.TextIOWrapper(stream, "utf-8", "surrogateescape", newline="")
    try:
        yield text
    finally:
        with suppress(ValueError):  # closed already
            text.detach()  # else the stream would be closed with it


def _bytes(text: str) -> tuple[bytes, bool]:
    """The bytes that `_text` read, and whether they are UTF-8."""
    try:
        return text.encode(), True
    except UnicodeEncodeError:
        return text.encode("utf-8", "surrogateescape"), False


class _Lines:
    """Lines for the csv module, which takes as many of them as a row has."""

    def __init__(self, text: io.TextIOWrapper) -> None:
        self._text = text
        self._taken: list[str] = []
        self._size = 0
        self._first = True

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line = self._text.readline(_LARGEST + 1)
        if not line:
            raise StopIteration
        self._taken.append(line)
        self._size += len(line)
        if self._size > _LARGEST:
            raise SourceError(f"a row has no end within {_LARGEST} characters: is a quote open?", advice=_LOOK)
        first, self._first = self._first, False
        return line.removeprefix(_BOM) if first else line

    def taken(self) -> str:
        """The lines taken since this was last asked."""
        found = "".join(self._taken)
        self._taken, self._size = [], 0
        return found


class _Strict:
    """Python's JSON decoder, which takes more than we do, and a note of whether it did."""

    def __init__(self) -> None:
        self.sound = True
        self._decoder = json.JSONDecoder(object_pairs_hook=self._pairs, parse_constant=self._constant)

    def end(self, text: str, start: int) -> int:
        """Where the value that begins at `start` ends. Raises ValueError where there is none."""
        self.sound = True
        try:
            return self._decoder.raw_decode(text, start)[1]
        except RecursionError:
            raise ValueError("nested too deeply") from None

    def _pairs(self, pairs: list[tuple[str, Any]]) -> None:
        if len({key for key, _ in pairs}) != len(pairs):
            self.sound = False

    def _constant(self, _name: str) -> None:
        self.sound = False


def _checked(text: str) -> Piece:
    """A text that should be one JSON value."""
    strict = _Strict()
    try:
        whole = strict.end(text, 0) == len(text)
    except ValueError:
        whole = False
    data, valid = _bytes(text)
    return Piece(data, whole and strict.sound and valid)


class _Scanner:
    """A window on a long text, moved from one value to the next."""

    def __init__(self, source: io.TextIOWrapper) -> None:
        self._source, self._window, self._at = source, "", 0
        self._strict = _Strict()
        self._exhausted = False
        self._more()
        self._window = self._window.removeprefix(_BOM)

    def comes(self, mark: str) -> bool:
        """Whether `mark` comes next, behind spaces."""
        return not self.ended() and self._window[self._at] == mark

    def take(self, mark: str) -> bool:
        """Go behind `mark`, where it comes next."""
        found = self.comes(mark)
        self._at += found
        return found

    def ended(self) -> bool:
        """Whether nothing but spaces comes any more."""
        while True:
            while self._at < len(self._window) and self._window[self._at] in _SPACE:
                self._at += 1
            if self._at < len(self._window):
                return False
            if self._exhausted:
                return True
            self._more()

    def value(self, number: int) -> Piece:
        """The value that comes next. Raises SourceError where none does."""
        while True:
            try:
                end = self._strict.end(self._window, self._at)
                if self._exhausted or self._window[end : end + 1] not in _GOES_ON:
                    break
            except ValueError as error:
                if self._exhausted or len(self._window) - self._at > _LARGEST:
                    raise SourceError(f"element {number} is no JSON: {_brief(error)}", advice=_LOOK) from error
            self._more()
        data, valid = _bytes(self._window[self._at : end])
        if len(data) > _LARGEST:
            raise SourceError(f"element {number} has {len(data)} bytes, at most {_LARGEST} are read", advice=_LOOK)
        self._at = end
        return Piece(data, self._strict.sound and valid)

    def _more(self) -> None:
        """Move the window on, making it twice as long where one value fills it."""
        rest = self._window[self._at :]
        read = self._source.read(max(_CHUNK, len(rest)))
        self._exhausted = not read
        self._window, self._at = rest + read, 0


def _brief(error: ValueError) -> str:
    return error.msg if isinstance(error, json.JSONDecodeError) else str(error)
