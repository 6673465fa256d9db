"""
Datasets: the TOML file that says which accepted images become a release, and how. See manifests/FORMAT.md.

Selecting is not judging: what a policy did not accept can never be selected.
"""

from __future__ import annotations

import hashlib
import re
import tomllib
from enum import StrEnum
from pathlib import Path, PurePosixPath
from typing import Any, Final
from unicodedata import normalize

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from mitsua_data.errors import UsageError
from mitsua_data.images.transform import Transform

HELD_OUT: Final = "val"
TRAINED_ON: Final = "train"
_WORD: Final = re.compile(r"[^\W\d_]+|\d+")
"""Letters of any script, or digits."""


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Select(_Table):
    """Which accepted images. Every condition must hold; an empty list sets no condition."""

    sources: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    """Path prefixes of the source's own classification, at a `/`: "signs_and_symbols/flags"."""
    exclude_categories: tuple[str, ...] = ()
    formats: tuple[str, ...] = ()
    min_side: int = Field(default=1, ge=1)
    """Pixels, of the shorter side of the original."""
    max_aspect: float = Field(default=100.0, ge=1.0)
    """Longer side by shorter side."""

    def wants(self, *, source: str, category: str, width: int, height: int, image_format: str) -> bool:
        """True where an image meets every condition."""
        short, long = sorted((width, height))
        return (
            (not self.sources or source in self.sources)
            and (not self.categories or under(category, self.categories))
            and not under(category, self.exclude_categories)
            and (not self.formats or image_format in self.formats)
            and short >= self.min_side
            and long <= self.max_aspect * short
        )


class Part(StrEnum):
    """A piece of a record that a caption may be made of."""

    TITLE = "title"
    TAGS = "tags"
    CATEGORY = "category"
    """Every folder of the source's classification."""
    FOLDER = "folder"
    """Its last folder alone."""
    NAME = "name"
    """The record's own name, without folders and without extension."""
    SOURCE = "source"


class Captions(_Table):
    """How a caption is made from the words of the record."""

    parts: tuple[Part, ...] = (Part.TITLE, Part.TAGS, Part.CATEGORY)
    plain: bool = False
    """Lower-case words and numbers only, each once, without the maker's name at the end; else phrases, with commas."""
    max_words: int = Field(default=24, ge=1)


class Split(_Table):
    """Which images are held out: by a keyed hash of the original, so that the same bytes never stand on both sides."""

    val: float = Field(default=0.05, ge=0.0, lt=1.0)
    """Share of originals held out."""
    seed: str = "mitsua"

    def of(self, original: str) -> str:
        """`val` or `train` for an original's sha256."""
        draw = hashlib.sha256(f"{self.seed}:{original}".encode()).digest()
        return HELD_OUT if int.from_bytes(draw[:8], "big") < self.val * 2**64 else TRAINED_ON


class Dataset(_Table):
    """A dataset file."""

    name: str = Field(pattern=r"^[a-z0-9][a-z0-9-]{0,63}$")
    version: str = Field(pattern=r"^[0-9A-Za-z][0-9A-Za-z.]{0,31}$")
    policy: str = "default"
    select: Select = Select()
    transform: Transform
    captions: Captions = Captions()
    split: Split = Split()
    samples_per_shard: int = Field(default=1000, ge=1, le=100_000)

    @classmethod
    def load(cls, path: Path) -> Dataset:
        """Read a dataset file. Raises UsageError that names the field and what is wrong with it."""
        try:
            return cls.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))
        except OSError as error:
            raise UsageError(
                f"{path}: {error.strerror}", advice="name a dataset file, such as manifests/datasets/clipart.toml"
            ) from error
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            raise UsageError(f"{path}: not TOML: {error}", advice="mend the file; see manifests/FORMAT.md") from error
        except ValidationError as error:
            first = error.errors()[0]
            where = ".".join(str(part) for part in first["loc"])
            raise UsageError(
                f"{path}: {where}: {first['msg']}", advice="mend the file; see manifests/FORMAT.md"
            ) from error

    def selection(self) -> dict[str, Any]:
        """What was asked for, as it stands in the manifest."""
        return {
            "select": self.select.model_dump(mode="json"),
            "captions": self.captions.model_dump(mode="json"),
            "split": self.split.model_dump(mode="json"),
        }


def under(category: str, prefixes: tuple[str, ...]) -> bool:
    """True where the category is one of the prefixes or lies below one, at a `/`."""
    return any(category == prefix or category.startswith(prefix.rstrip("/") + "/") for prefix in prefixes)


def caption(
    rule: Captions, *, source: str, record: str, title: str, creator: str, tags: tuple[str, ...], category: str
) -> str:
    """The caption of one image: words from its record only, none of ours."""
    folders = category.replace("_", " ").split("/")
    phrases = {
        Part.TITLE: [title],
        Part.TAGS: list(tags),
        Part.CATEGORY: folders,
        Part.FOLDER: folders[-1:],
        Part.NAME: [PurePosixPath(record).stem],
        Part.SOURCE: [source],
    }
    chosen = [" ".join(phrase.split()) for part in rule.parts for phrase in phrases[part] if phrase.strip()]
    if rule.plain:
        words = list(dict.fromkeys(_words(" ".join(chosen))))
        return " ".join(_without_maker(words, creator)[: rule.max_words])
    seen = {phrase.casefold(): phrase for phrase in reversed(chosen)}
    once = [seen.pop(phrase.casefold()) for phrase in chosen if phrase.casefold() in seen]
    return " ".join(", ".join(once).split()[: rule.max_words]).rstrip(",")


def _words(text: str) -> list[str]:
    """Lower-case words and numbers. Composed first (NFC): an accent does not end a word."""
    return _WORD.findall(normalize("NFC", text).lower())


def _without_maker(words: list[str], creator: str) -> list[str]:
    """File names often end in their maker's name, cut short, and a number: "arrow green benji p 01"."""
    names = _words(creator)

    def is_name(word: str) -> bool:
        return any(name.startswith(word) for name in names)

    kept = list(words)
    if len(kept) > 2 and kept[-1].isdigit() and is_name(kept[-2]):
        kept.pop()
    while len(kept) > 2 and is_name(kept[-1]):
        kept.pop()
    return kept
