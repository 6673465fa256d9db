"""
Datasets: the TOML file that says which accepted images become a release, and how. See manifests/FORMAT.md.

Selecting is not judging: what a policy did not accept can never be selected.
"""

from __future__ import annotations

import hashlib
import tomllib
from dataclasses import replace
from pathlib import Path
from typing import Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from mitsua_data.captions import Captions
from mitsua_data.errors import UsageError
from mitsua_data.images.transform import Transform
from mitsua_data.model import ImageId

HELD_OUT: Final = "val"
TRAINED_ON: Final = "train"


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


class Split(_Table):
    """
    Which images are held out, by a keyed hash.

    Of the original, so that one picture is on the same side in every release; or of its record, so that all images of
    one work are on one side. The same bytes never stand on both sides: a release holds each original once.
    """

    val: float = Field(default=0.05, ge=0.0, lt=1.0)
    """Share of originals, or of records, held out."""
    seed: str = "mitsua"
    by: Literal["original", "record"] = "original"

    def of(self, original: str, image: ImageId) -> str:
        """`val` or `train` for an original's sha256, and the image that it stands for."""
        drawn = original if self.by == "original" else str(replace(image, part=""))
        draw = hashlib.sha256(f"{self.seed}:{drawn}".encode()).digest()
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
