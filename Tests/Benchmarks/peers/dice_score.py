"""DSC as Plateau reports it."""

import torch

import label_classes
import window


def per_class(predicted, wanted):
    """[N][K] of truth [N, K, …]. Two empty masks agree: 1; a single empty one gives 0."""
    space = tuple(range(2, predicted.dim()))
    both = (predicted & wanted).sum(space).double()
    total = (predicted.sum(space) + wanted.sum(space)).double()
    return torch.where(total == 0, 1.0, 2 * both / total.clamp(min=1)).tolist()


def of_images(network, images, ids, activation="sigmoid", batch=8):
    """[N][1] for the cases."""
    network.eval()
    scores = []
    with torch.inference_mode():
        for start in range(0, len(ids), batch):
            inputs, masks = images.batch(ids[start : start + batch])
            scores += per_class(label_classes.predicted(network(inputs), activation), masks > 0.5)
    return scores


def of_volumes(network, volumes, ids, size, overlap, multiple, activation):
    """[N][K] for the cases, which the network sees through windows (window.py)."""
    network.eval()
    scores = []
    with torch.inference_mode():
        for id in ids:
            image, labels = volumes.read(id)
            logits = window.logits(network, image, size, overlap, multiple)
            wanted = label_classes.masks(volumes.classes, labels)
            scores += per_class(label_classes.predicted(logits[None], activation), wanted[None])
    return scores
