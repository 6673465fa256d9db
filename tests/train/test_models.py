"""Networks from a seed, and latents with the whitening inside."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from mitsua_train.data import Images, Member
from mitsua_train.latents import decode_all, encode_all, encode_moments, whiten
from mitsua_train.models import Network, build_unet, build_vae, parameters, weights_digest
from tests.train.school import SIZE, recipe


def make_vae(seed: int = 7) -> Network:
    return build_vae(recipe().vae, seed, SIZE)


def make_unet(seed: int = 7) -> Network:
    return build_unet(recipe().unet, seed, latent_channels=4, latent_side=16, text_width=8)


def pictures(count: int) -> Images:
    numbers = torch.Generator().manual_seed(1)
    x_NCHW = torch.randint(0, 256, (count, 3, SIZE[1], SIZE[0]), generator=numbers, dtype=torch.uint8)
    member = Member("0", "0" * 64, "0" * 64, "CC0-1.0")
    return Images(x_NCHW, ("",) * count, (member,) * count)


def nothing(count: int) -> None:
    assert count > 0


def test_a_seed_gives_the_same_first_weights_whatever_was_drawn_before() -> None:
    torch.manual_seed(1)
    first = weights_digest(make_vae()), weights_digest(make_unet())
    torch.manual_seed(2)
    torch.randn(10)
    before = torch.get_rng_state()
    assert (weights_digest(make_vae()), weights_digest(make_unet())) == first
    assert torch.equal(torch.get_rng_state(), before)
    assert weights_digest(make_vae(8)) != first[0]
    assert weights_digest(make_unet(8)) != first[1]


def test_the_digest_sees_one_bit_and_every_shape() -> None:
    vae = make_vae()
    digest = weights_digest(vae)
    with torch.no_grad():
        bias = vae.encoder.conv_in.bias
        bias.view(torch.int32)[0] ^= 1
    assert weights_digest(vae) != digest
    assert parameters(vae) == sum(value.numel() for value in vae.state_dict().values())


def test_the_denoiser_begins_with_no_opinion() -> None:
    unet = make_unet()
    answer = unet(torch.randn(2, 4, 12, 16), torch.tensor([3.0, 900.0]), torch.randn(2, 4, 8)).sample
    assert answer.shape == (2, 4, 12, 16)
    assert float(answer.detach().abs().max()) == 0.0


@torch.no_grad()
def test_the_posterior_begins_narrow() -> None:
    _, log_variance = encode_moments(make_vae(), torch.randn(2, 3, SIZE[1], SIZE[0]))
    assert -6.0 < float(log_variance.mean()) < -2.0


@torch.no_grad()
def test_whitening_is_folded_into_the_autoencoder() -> None:
    vae, images = make_vae(), pictures(6)
    before = encode_all(vae, images, nothing)
    drawn_before = before.draw(torch.arange(6), torch.Generator().manual_seed(3))
    decoded: Tensor = decode_all(vae, drawn_before)

    latents = whiten(vae, before)

    again = encode_all(vae, images, nothing)
    assert torch.allclose(again.mean_NCHW, latents.mean_NCHW, atol=1e-4)
    assert torch.allclose(again.std_NCHW, latents.std_NCHW, rtol=1e-4)
    drawn = latents.draw(torch.arange(6), torch.Generator().manual_seed(3))
    assert torch.allclose(decode_all(vae, drawn), decoded, atol=1e-4)
    many = torch.cat([latents.draw(torch.arange(6), torch.Generator().manual_seed(n)) for n in range(200)])
    assert torch.allclose(many.mean((0, 2, 3)), torch.zeros(4), atol=0.01)
    assert torch.allclose(many.var((0, 2, 3)), torch.ones(4), atol=0.02)


def test_pixels_become_numbers_between_minus_one_and_one() -> None:
    images = pictures(2)
    images.x_NCHW[0, :, 0, 0] = torch.tensor([0, 255, 51], dtype=torch.uint8)
    assert images.batch(torch.tensor([0]))[0, :, 0, 0].tolist() == pytest.approx([-1.0, 1.0, -0.6])
    assert images.size == SIZE
