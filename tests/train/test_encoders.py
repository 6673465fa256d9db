"""Text encoders: the same vectors everywhere, whoever stands beside; a local OpenCLIP tower, pinned."""

from __future__ import annotations

import json
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import save_file

from mitsua_data.errors import IntegrityError, UsageError
from mitsua_train.encoders import HashedWords, OpenClip, make_encoder
from mitsua_train.recipe import HashedWordsText, OpenClipText

CAPTIONS = ["led circle green", "", "Jigsaw BLUE 03!", "étoile rouge", "a b c d e f g h"]


def test_hashed_words_are_pinned_for_ever() -> None:
    # A model that learned these vectors must find the same ones in every later version.
    start, red = HashedWords(4, 2).encode(["red"])[0]
    assert start.tolist() == pytest.approx([-0.8687, 1.4722, 1.4301, -1.2645], abs=1e-4)
    assert red.tolist() == pytest.approx([-1.4502, 1.1470, -0.3997, -0.3412], abs=1e-4)


def test_a_word_is_a_word_wherever_it_stands() -> None:
    encoder = HashedWords(16, 4)
    plain, shouted, joined = encoder.encode(["jigsaw blue 3", "  JIGSAW, Blue-3 ", "jigsaw_blue3"])
    assert torch.equal(plain, shouted)
    assert torch.equal(plain, joined)
    other = encoder.encode(["jigsaw blue 03"])[0]
    assert torch.equal(other[:3], plain[:3])
    assert not torch.equal(other[3], plain[3])


def test_an_empty_caption_is_the_start_mark_alone_and_long_ones_are_cut() -> None:
    encoder = HashedWords(16, 4)
    empty, long, cut = encoder.encode(["", "a b c d e", "a b c"])
    assert int(empty.abs().sum(1).count_nonzero()) == 1
    assert torch.equal(long, cut)
    assert not torch.equal(encoder.encode(["start"])[0], empty)


def test_numbers_have_mean_nought_and_variance_one() -> None:
    numbers = HashedWords(4096, 4).encode(["one two three"])
    assert float(numbers.mean()) == pytest.approx(0.0, abs=0.03)
    assert float(numbers.var()) == pytest.approx(1.0, abs=0.03)
    assert float(numbers.abs().max()) < 3**0.5


def test_the_batch_does_not_matter() -> None:
    encoder = make_encoder(HashedWordsText(kind="hashed-words", width=8, tokens=5))
    together = encoder.encode(CAPTIONS)
    assert together.shape == (5, 5, 8)
    assert all(torch.equal(encoder.encode([caption])[0], together[row]) for row, caption in enumerate(CAPTIONS))


TOWER = {"context_length": 16, "vocab_size": 49408, "width": 16, "heads": 2, "layers": 3}
IMAGE = {"image_size": 16, "layers": 1, "width": 16, "patch_size": 8, "head_width": 8}


class TinyClip:
    """A whole OpenCLIP model with random weights, in files as somebody would have them."""

    def __init__(self, folder: Path, *, custom_text: bool = False) -> None:
        from open_clip import CLIP, CustomTextCLIP

        torch.manual_seed(5)
        kind = CustomTextCLIP if custom_text else CLIP
        self.model: Any = kind(embed_dim=8, vision_cfg=IMAGE, text_cfg=TOWER).eval()
        self.config = folder / "tiny.json"
        self.config.write_text(json.dumps({"embed_dim": 8, "vision_cfg": IMAGE, "text_cfg": TOWER}))
        self.weights = folder / "tiny.safetensors"
        save_file({name: value.clone() for name, value in self.model.state_dict().items()}, self.weights)
        self.digest = sha256(self.weights.read_bytes()).hexdigest()

    def open(self) -> OpenClip:
        return OpenClip(str(self.config), self.weights, self.digest)


@pytest.mark.parametrize("custom_text", [False, True])
@torch.no_grad()
def test_openclip_gives_the_last_block_but_one_after_the_final_norm(tmp_path: Path, custom_text: bool) -> None:
    clip = TinyClip(tmp_path, custom_text=custom_text)
    encoder = clip.open()
    assert (encoder.tokens, encoder.width) == (16, 16)
    # By hand, through the whole model's own parts: embed, two of three blocks, norm.
    text = clip.model.text if custom_text else clip.model
    from open_clip import SimpleTokenizer

    ids = SimpleTokenizer(context_length=16)(["a red disc"])
    x = text.token_embedding(ids) + text.positional_embedding
    for block in text.transformer.resblocks[:-1]:
        x = block(x, attn_mask=text.attn_mask)
    assert torch.allclose(encoder.encode(["a red disc"]), text.ln_final(x), atol=1e-6)


def test_openclip_is_frozen_and_alone(tmp_path: Path) -> None:
    encoder = TinyClip(tmp_path).open()
    together = encoder.encode(CAPTIONS)
    for row, caption in enumerate(CAPTIONS):
        assert torch.allclose(encoder.encode([caption])[0], together[row], atol=1e-6)
    assert not together.requires_grad
    assert torch.equal(encoder.encode(["a disc!"]), encoder.encode(["a disc "]))
    assert encoder.describe()["exception"]
    assert str(tmp_path) not in json.dumps(encoder.describe())


def test_openclip_refuses_any_file_but_the_pinned_one(tmp_path: Path) -> None:
    clip = TinyClip(tmp_path)
    data = bytearray(clip.weights.read_bytes())
    data[-1] ^= 1
    clip.weights.write_bytes(data)
    with pytest.raises(IntegrityError, match="the recipe pins"):
        clip.open()
    clip.weights.unlink()
    with pytest.raises(IntegrityError, match="No such file"):
        clip.open()


def test_openclip_refuses_weights_of_another_model(tmp_path: Path) -> None:
    clip = TinyClip(tmp_path)
    save_file({"visual.proj": torch.zeros(2)}, clip.weights)
    clip.digest = sha256(clip.weights.read_bytes()).hexdigest()
    with pytest.raises(IntegrityError, match="another model"):
        clip.open()


@pytest.mark.parametrize(
    ("model", "said"),
    [("no-such-model", "knows no"), ("roberta-ViT-B-32", "another library"), ("missing.json", "not an OpenCLIP")],
)
def test_openclip_names_a_model_it_cannot_have(tmp_path: Path, model: str, said: str) -> None:
    spec = OpenClipText(kind="openclip", model=model, path=str(tmp_path / "w.safetensors"), sha256="0" * 64)
    with pytest.raises(UsageError, match=said):
        make_encoder(spec)
