"""A network's output for a whole volume, through a sliding window: as Sources/Worker/Training/SlidingWindow.swift says
that it is done, written a second time."""

import itertools
import math

import torch


def places(extent, side, overlap):
    """Where windows begin along an axis: as few as overlap by that share or more, evenly from end to end. A volume
    smaller than the window lies in its middle."""
    room = extent - side
    if room <= 0:
        return [-((side - extent) // 2)]
    gaps = math.ceil(room / max(1, int(side * (1 - overlap))))
    return [math.floor(room * number / gaps + 0.5) for number in range(gaps + 1)]


def origins(extent, size, overlap):
    """Of all windows: z, y, x of their first voxels."""
    return list(itertools.product(*(places(*axis, overlap) for axis in zip(extent, size))))


def gaussian(size):
    """[D, H, W] about a window's middle; the deviation is an eighth of each side."""
    axes = [torch.exp(-(((torch.arange(side).double() - (side - 1) / 2) / (side / 8)) ** 2) / 2) for side in size]
    return axes[0][:, None, None] * axes[1][:, None] * axes[2]


def inside(origin, size, extent):
    """The part of a window that lies in the volume, as slices of the window and of the volume."""
    bounds = [(max(0, -first), min(side, whole - first)) for first, side, whole in zip(origin, size, extent)]
    of_window = tuple(slice(*bound) for bound in bounds)
    of_volume = tuple(slice(first + begin, first + end) for first, (begin, end) in zip(origin, bounds))
    return of_window, of_volume


def logits(network, image, size, overlap, multiple):
    """[K, D, H, W] in fp64 of an image [C, D, H, W].

    What a window shows beyond the volume is 0, and so is what is added behind its sides to make them multiples of
    `multiple`, which is 2^(levels - 1): MONAI's network takes no others, Plateau's does this itself.
    """
    extent = image.shape[1:]
    weights = gaussian(size)
    padded = [-(-side // multiple) * multiple for side in size]
    sums, total = None, torch.zeros(extent, dtype=torch.double)
    for origin in origins(extent, size, overlap):
        of_window, of_volume = inside(origin, size, extent)
        shown = torch.zeros(1, len(image), *padded)
        shown[0][:, *of_window] = image[:, *of_volume]
        output = network(shown)[0]
        if sums is None:
            sums = torch.zeros(len(output), *extent, dtype=torch.double)
        sums[:, *of_volume] += output[:, *of_window] * weights[of_window]
        total[of_volume] += weights[of_window]
    return sums / total
