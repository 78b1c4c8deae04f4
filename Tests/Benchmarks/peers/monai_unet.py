"""MONAI's residual U-Net as Plateau trains it, and Plateau's loss, in PyTorch."""

import torch
from monai.networks.nets import UNet


def unet(dimensions, in_channels, out_channels, layers, normalization="batch"):
    return UNet(
        spatial_dims=dimensions,
        in_channels=in_channels,
        out_channels=out_channels,
        channels=[16 << level for level in range(layers)],
        strides=[2] * (layers - 1),
        num_res_units=2,
        act="PRELU",
        norm=normalization.upper(),
    )


def loss(logits, targets):
    """Soft Dice with smooth 1, per sample and channel, then the mean; plus binary cross-entropy, the mean."""
    space = tuple(range(2, logits.dim()))
    probabilities = torch.sigmoid(logits)
    both = (probabilities * targets).sum(space)
    total = probabilities.sum(space) + targets.sum(space)
    dice = 1 - (2 * both + 1) / (total + 1)
    return dice.mean() + torch.nn.functional.binary_cross_entropy_with_logits(logits, targets)
