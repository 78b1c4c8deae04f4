"""The foreground classes of a data set: where they are in labels, and where a network says that they are."""

import torch


def masks(classes, labels):
    """Truth [K, …] of labels […]. `classes` are a manifest's, which may share values."""
    return torch.stack([torch.isin(labels, torch.tensor(item["values"], dtype=labels.dtype)) for item in classes])


def predicted(logits, activation):
    """Truth [N, K, …] of a network's logits: with a sigmoid each class where its probability is above one half, with a
    softmax, whose first output is the background, the likeliest."""
    if activation == "sigmoid":
        return logits > 0
    likeliest = logits.argmax(1, keepdim=True)
    foreground = torch.arange(1, logits.shape[1]).reshape(1, -1, *[1] * (logits.dim() - 2))
    return likeliest == foreground
