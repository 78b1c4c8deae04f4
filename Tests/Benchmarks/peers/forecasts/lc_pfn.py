"""LC-PFN (Adriaensen et al., Efficient Bayesian Learning Curve Extrapolation using Prior-Data Fitted Networks, NeurIPS
2023): a transformer that has seen nothing but curves of a prior, trained here anew.

Network, prior and training are the authors' own, from their package. Their trained weights are not on PyPI, so this one
is smaller and trained for minutes: 3 layers of 128 (theirs has 12 of 512) on 30,000 curves (theirs: 10 million).
"""

import contextlib
import functools
import os
import random
import warnings

import numpy as np
import torch

LENGTH = 100
LAYERS = 3
WIDTH = 128
BARS = 1000
RATE = 0.001
# The package makes 100 steps an epoch; its rate warms up over a quarter of the epochs, from 0 in the first.
EPOCHS = 12
BATCH = 25


class Encoder(torch.nn.TransformerEncoder):
    """PyTorch's, but it tells the package's layers no more than they ask for."""

    def forward(self, src, mask=None, src_key_padding_mask=None):
        for layer in self.layers:
            src = layer(src, src_mask=mask, src_key_padding_mask=src_key_padding_mask)
        return src


def package():
    """lcpfn made to run with today's PyTorch, which no longer hands out these names with `import *`."""
    import lcpfn.layer
    import lcpfn.transformer

    for name in ("MultiheadAttention", "Linear", "Dropout", "LayerNorm"):
        setattr(lcpfn.layer, name, getattr(torch.nn, name))
    lcpfn.layer.torch = torch
    lcpfn.transformer.TransformerEncoder = Encoder
    return lcpfn


def trained(seed, epochs=EPOCHS):
    """The network, after `epochs` × 100 batches of curves, each seen once."""
    lcpfn = package()
    torch.manual_seed(seed)
    np.random.seed(seed)
    random.seed(seed)
    prior = lcpfn.create_get_batch_func(prior=lcpfn.sample_from_prior)
    with warnings.catch_warnings(), open(os.devnull, "w") as nowhere, contextlib.redirect_stdout(nowhere):
        warnings.simplefilter("ignore")
        network = lcpfn.train_lcpfn(
            functools.partial(prior, noisy_target=True), seq_len=LENGTH, emsize=WIDTH, nlayers=LAYERS,
            num_borders=BARS, lr=RATE, batch_size=BATCH, epochs=epochs)
    model = network[2] if isinstance(network, tuple) else network
    return model.eval()


@torch.no_grad()
def forecast(model, curve, seen):
    """The 5, 50 and 95 % quantile of the curve in the middle of its last 5 %, of which `seen` points are known.

    A point is a step of the transformer, as in the paper, so a curve of 20 epochs is one of 20 steps. What it answers is
    a single point's distribution, noise and all; the final DSC is a mean over up to five, which varies less.
    """
    middle = len(curve.values) - (curve.points_in_final - 1) / 2
    times = torch.tensor([*range(1, seen + 1), middle], dtype=torch.float32).reshape(-1, 1, 1)
    values = torch.tensor(curve.values[:seen], dtype=torch.float32).reshape(-1, 1)
    answer = model((times, values), single_eval_pos=seen)
    quantiles = [float(model.criterion.icdf(answer, q).reshape(-1)[0]) for q in (0.05, 0.5, 0.95)]
    return [min(1, max(0, value)) for value in quantiles]
