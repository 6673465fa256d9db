"""
Text encoders: captions in, a sequence of vectors out. Frozen; one interface, one class per kind.

`HashedWords` has no weights: it tells words apart and knows nothing about them. `OpenClip` is a text tower that was
trained elsewhere; a run that uses it says so in its training record.

Shapes: B captions, L tokens, D width.
"""

from __future__ import annotations

import json
import re
from abc import ABC, abstractmethod
from collections.abc import Sequence
from hashlib import sha256, shake_256
from pathlib import Path
from typing import Any, Final

import numpy
import torch
from torch import Tensor

from mitsua_data.errors import IntegrityError, UsageError
from mitsua_data.model import Json
from mitsua_train.recipe import HashedWordsText, OpenClipText

WORDS: Final = re.compile(r"[^\W\d_]+|\d+")
"""A word is a run of letters, or a run of digits, of any script."""
START: Final = "<start>"
"""Stands first in every caption, the empty one included. No caption's word can be spelt like this."""


class TextEncoder(ABC):
    """Turns captions into what the denoiser attends to."""

    tokens: int
    """L, the same for every caption."""
    width: int
    """D."""

    @abstractmethod
    def encode(self, captions: Sequence[str]) -> Tensor:
        """
        `text_BLD`, float32. A caption's vectors do not depend on its neighbours in the batch.

        `encode([""])` is what stands for a caption that was left out.
        """

    @abstractmethod
    def describe(self) -> dict[str, Json]:
        """What this encoder is, for the training record: enough to make the same one again."""


class HashedWords(TextEncoder):
    """
    Each word is a fixed vector with numbers uniform in ±√3 (mean 0, variance 1), made from SHAKE-256 of the word.

    Word order is not encoded: cross-attention sees a set of words. Case is folded. The same on every machine.
    """

    def __init__(self, width: int, tokens: int) -> None:
        self.width, self.tokens = width, tokens
        self._known: dict[str, Tensor] = {}

    def encode(self, captions: Sequence[str]) -> Tensor:
        """See TextEncoder. Unused places are zero."""
        text_BLD = torch.zeros(len(captions), self.tokens, self.width)
        for row, caption in enumerate(captions):
            words = [START, *WORDS.findall(caption.casefold())][: self.tokens]
            text_BLD[row, : len(words)] = torch.stack([self._vector(word) for word in words])
        return text_BLD

    def describe(self) -> dict[str, Json]:
        """See TextEncoder."""
        return {"kind": "hashed-words", "width": self.width, "tokens": self.tokens, "weights": None}

    def _vector(self, word: str) -> Tensor:
        if word not in self._known:
            noise = shake_256(f"mitsua hashed word 1: {word}".encode()).digest(2 * self.width)
            numbers = numpy.frombuffer(noise, dtype="<u2").astype("float64")
            uniform = (numbers + 0.5) / 2**15 - 1.0
            self._known[word] = torch.from_numpy((uniform * 3**0.5).astype("float32"))
        return self._known[word]


class OpenClip(TextEncoder):
    """An OpenCLIP text tower: the last block but one, then the final norm, as Stable Diffusion 2 reads it."""

    def __init__(self, model: str, path: Path, digest: str) -> None:
        """
        Load the tower. `model` and `digest` as in `OpenClipText`.

        Raises UsageError for a model that open_clip does not know or whose tower is of another kind, IntegrityError
        where the file is missing, is not the one the recipe pins, or does not fit the model.
        """
        import open_clip  # takes seconds to import, so only where it is asked for

        self._name, self._digest = model, digest
        self._tower = _tower(_configuration(open_clip, model), path, digest)
        self.tokens, self.width = int(self._tower.context_length), int(self._tower.width)
        self._tokenize = open_clip.SimpleTokenizer(context_length=self.tokens)

    @torch.no_grad()
    def encode(self, captions: Sequence[str]) -> Tensor:
        """See TextEncoder. `!` is taken out: other tools read its token as padding, and would see another caption."""
        ids_BL = self._tokenize([caption.replace("!", " ") for caption in captions])
        layer = len(self._tower.transformer.resblocks) - 2
        found = self._tower.forward_intermediates(
            ids_BL, indices=[layer], normalize_intermediates=True, intermediates_only=True, output_fmt="NLC"
        )
        text_BLD: Tensor = found["text_intermediates"][0]
        return text_BLD.float()

    def describe(self) -> dict[str, Json]:
        """See TextEncoder."""
        return {
            "kind": "openclip",
            "model": Path(self._name).name,
            "weights": self._digest,
            "exception": "pretrained elsewhere, on data that was not audited here",
        }


def make_encoder(spec: HashedWordsText | OpenClipText) -> TextEncoder:
    """The encoder a recipe asks for. Raises what the encoder raises."""
    match spec:
        case HashedWordsText(width=width, tokens=tokens):
            return HashedWords(width, tokens)
        case OpenClipText(model=model, path=path, sha256=digest):
            return OpenClip(model, Path(path), digest)


def _configuration(open_clip: Any, model: str) -> dict[str, Any]:
    if model.endswith(".json"):
        try:
            config = json.loads(Path(model).read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise UsageError(f"{model}: not an OpenCLIP configuration ({error})") from error
    else:
        config = open_clip.get_model_config(model)
    if not isinstance(config, dict) or not isinstance(config.get("text_cfg"), dict):
        raise UsageError(f"text.model: open_clip knows no {model}", advice="see open_clip.list_models()")
    if config["text_cfg"].get("hf_model_name") or config["text_cfg"].get("hf_tokenizer_name"):
        raise UsageError(f"text.model: {model} has a text tower of another library", advice="choose one without")
    return config


def _tower(config: dict[str, Any], path: Path, digest: str) -> Any:
    """The text tower alone, with its weights; the image tower is neither built nor loaded."""
    from open_clip.model import _build_text_tower
    from safetensors.torch import load

    try:
        data = path.read_bytes()
    except OSError as error:
        raise IntegrityError(
            f"{path}: {error.strerror}", advice="name the weights in the recipe's text.path"
        ) from error
    if (got := sha256(data).hexdigest()) != digest:
        raise IntegrityError(f"{path}: got sha256 {got}, the recipe pins {digest}", advice="get the pinned file")
    tower = _build_text_tower(config["embed_dim"], config["text_cfg"], quick_gelu=bool(config.get("quick_gelu")))
    weights = {name.removeprefix("text."): value for name, value in load(data).items()}
    missing = tower.load_state_dict(weights, strict=False).missing_keys
    if missing:
        raise IntegrityError(f"{path}: holds no {missing[0]}; these are weights of another model")
    return tower.eval().requires_grad_(requires_grad=False)
