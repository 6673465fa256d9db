"""
The two networks, from random numbers alone: seeded, so that anybody with the recipe makes the same ones.

Both are diffusers' own classes, so what a run leaves can be opened with `from_pretrained` by anybody.

Initialisation (measured for the autoencoder: 4 to 7 dB at equal time against diffusers' default): convolutions are
Kaiming-normal with gain 1, the last layer of each residual branch is zero, so that every block starts as the identity,
and the autoencoder's posterior starts narrow (log-variance -4) instead of drowning the image in noise.
"""

from __future__ import annotations

from hashlib import sha256
from typing import Any, Final, TypeAlias

import torch
from diffusers import AutoencoderKL, UNet2DConditionModel
from torch import Tensor, nn

from mitsua_train.keyed import generator, seed_of
from mitsua_train.recipe import UNet, Vae

Network: TypeAlias = Any
"""A diffusers model; the library ships no types."""
NARROW: Final = -4.0
"""First log-variance of the posterior: standard deviation 0.14."""


def build_vae(spec: Vae, seed: int, image_size: tuple[int, int]) -> Network:
    """The autoencoder, for images of `image_size` (width, height), with the weights that the seed gives."""
    levels = len(spec.channels)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed_of(seed, "vae", "build"))
        vae = AutoencoderKL(
            in_channels=3,
            out_channels=3,
            latent_channels=spec.latent_channels,
            block_out_channels=spec.channels,
            down_block_types=("DownEncoderBlock2D",) * levels,
            up_block_types=("UpDecoderBlock2D",) * levels,
            layers_per_block=spec.layers,
            norm_num_groups=spec.groups,
            mid_block_add_attention=spec.attention,
            sample_size=max(image_size),
            scaling_factor=1.0,
        )
    _initialise(vae, generator(seed, "vae", "init"), zero=("conv2", "to_out.0"))
    with torch.no_grad():
        vae.quant_conv.weight[spec.latent_channels :] *= 0.1
        vae.quant_conv.bias[spec.latent_channels :] = NARROW
    return vae


def build_unet(spec: UNet, seed: int, *, latent_channels: int, latent_side: int, text_width: int) -> Network:
    """The denoiser of latents, with the weights that the seed gives. At first it answers zero to everything."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed_of(seed, "unet", "build"))
        unet = UNet2DConditionModel(
            sample_size=latent_side,
            in_channels=latent_channels,
            out_channels=latent_channels,
            block_out_channels=spec.channels,
            layers_per_block=spec.layers,
            down_block_types=tuple("CrossAttnDownBlock2D" if on else "DownBlock2D" for on in spec.attention),
            up_block_types=tuple("CrossAttnUpBlock2D" if on else "UpBlock2D" for on in reversed(spec.attention)),
            # diffusers reads this field as the number of heads.
            attention_head_dim=tuple(max(1, count // spec.head_width) for count in spec.channels),
            cross_attention_dim=text_width,
            norm_num_groups=spec.groups,
        )
    _initialise(unet, generator(seed, "unet", "init"), zero=("conv2", "proj_out", "conv_out"))
    return unet


def weights(model: nn.Module) -> dict[str, Tensor]:
    """Name to tensor: contiguous, detached, on the CPU; a copy only where one is needed."""
    return {name: value.detach().cpu().contiguous() for name, value in model.state_dict().items()}


def weights_digest(model: nn.Module) -> str:
    """SHA-256, in hex, over every tensor's name, type, shape and bytes, in the order of names."""
    digest = sha256()
    for name, value in sorted(weights(model).items()):
        digest.update(f"{name} {value.dtype} {tuple(value.shape)}\n".encode())
        digest.update(value.view(torch.uint8).numpy().tobytes() if value.ndim else value.reshape(1).numpy().tobytes())
    return digest.hexdigest()


def parameters(model: nn.Module) -> int:
    """How many numbers are learned."""
    return sum(value.numel() for value in model.parameters())


@torch.no_grad()
def _initialise(model: nn.Module, numbers: torch.Generator, *, zero: tuple[str, ...]) -> None:
    for name, module in model.named_modules():
        if isinstance(module, nn.Conv2d):
            nn.init.kaiming_normal_(module.weight, nonlinearity="linear", generator=numbers)
            if module.bias is not None:
                nn.init.zeros_(module.bias)
        if name.endswith(zero) and isinstance(module, nn.Conv2d | nn.Linear):
            nn.init.zeros_(module.weight)
            if module.bias is not None:
                nn.init.zeros_(module.bias)
