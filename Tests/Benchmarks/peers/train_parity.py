#!/usr/bin/env python3
"""Trains MONAI's U-Net in PyTorch with Plateau's recipe on the very images and split of a Plateau server, for several
seeds, and prints the test DSC. With --sweep it is set against what Plateau's own runs reached, and the program fails
where the means differ by more than --tolerance.

Recipe: Adam at 1e-3 along half a cosine to zero over all steps, soft Dice + cross-entropy, full batches that run on
from one pass over the shuffled training images into the next, no augmentation, the last weights. Initial weights are
PyTorch's own. Plateau's side, for 2000 steps:

    plateau submit kvasir --fractions 1 --depths 5 --seeds 0,1,2 --image-size 128,128 --batch-size 8 \\
        --epochs 20 --steps-per-epoch 100 --watch
"""

import argparse
import json
import math
import statistics
import sys
import time

import torch

import dice_score
import monai_unet
import packed_images
import plateau_server
import split


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("dataset", help="name or id on the server; a run at this image size must have begun there")
    parser.add_argument("--steps", type=int, required=True, help="optimizer steps of a run")
    parser.add_argument("--data-dir", default="./var", help="the server's")
    parser.add_argument("--sweep", help="id of Plateau's runs to set this against")
    parser.add_argument("--seeds", default="0,1,2")
    parser.add_argument("--depth", type=int, default=5)
    parser.add_argument("--image-size", default="128,128")
    parser.add_argument("--batch", type=int, default=8)
    parser.add_argument("--learning-rate", type=float, default=1e-3)
    parser.add_argument("--norm", choices=["batch", "instance"], default="batch")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--eager", action="store_true", help="do without torch.compile")
    parser.add_argument("--tolerance", type=float, default=0.01)
    return parser.parse_args()


def batches(ids, size, seed):
    """Lists of ids without end."""
    generator = torch.Generator().manual_seed(seed)
    waiting = []
    while True:
        while len(waiting) < size:
            waiting += [ids[place] for place in torch.randperm(len(ids), generator=generator)]
        yield waiting[:size]
        waiting = waiting[size:]


def train(options, images, ids, seed):
    torch.manual_seed(seed)
    network = monai_unet.unet(2, images.channels, 1, options.depth, options.norm)
    network = network.to(memory_format=torch.channels_last)
    optimizer = torch.optim.Adam(network.parameters(), lr=options.learning_rate, fused=True)
    forward = lambda inputs, masks: monai_unet.loss(network(inputs), masks)
    if not options.eager:
        forward = torch.compile(forward)
    network.train()
    total, begun = 0.0, time.monotonic()
    for step, chosen in zip(range(options.steps), batches(ids, options.batch, seed)):
        rate = options.learning_rate * 0.5 * (1 + math.cos(math.pi * step / options.steps))
        for group in optimizer.param_groups:
            group["lr"] = rate
        inputs, masks = images.batch(chosen)
        optimizer.zero_grad()
        loss = forward(inputs.contiguous(memory_format=torch.channels_last), masks)
        loss.backward()
        optimizer.step()
        total += loss.item()
        if (step + 1) % 100 == 0:
            spent = time.monotonic() - begun
            left = spent / (step + 1) * (options.steps - step - 1)
            print(f"seed {seed}: step {step + 1} of {options.steps}, loss {total / 100:.4f}, {left:.0f} s left",
                  file=sys.stderr)
            total = 0.0
    return network


def reached_by_plateau(server, options, seeds, pool):
    """Test DSC by seed."""
    runs = [run for run in server.runs_of(options.sweep) if run["depth"] == options.depth and run["size"] == len(pool)]
    training = server.sweep(options.sweep)["training"]
    stated = [training["image_size"], training["batch_size"], training["normalization"], training["learning_rate"],
              training["schedule"]]
    wanted = [[int(side) for side in options.image_size.split(",")], options.batch, options.norm,
              options.learning_rate, "cosine"]
    if stated != wanted:
        sys.exit(f"the sweep's recipe is {stated}, not {wanted}")
    found = {}
    for run in runs:
        steps = run["steps_per_epoch"] * run["epochs"]["total"]
        if steps != options.steps:
            sys.exit(f"{run['id']} has {steps} steps, not {options.steps}")
        if run["subset_hash"] != split.subset_hash(pool, run["size"], run["seed"]):
            sys.exit(f"{run['id']} was trained on other images than the split says")
        found[run["seed"]] = run["test_dsc"]
    lacking = [seed for seed in seeds if found.get(seed) is None]
    if lacking:
        sys.exit(f"the sweep has no finished run of {len(pool)} images for the seeds {lacking}")
    return [found[seed] for seed in seeds]


options = arguments()
torch.set_num_threads(options.threads)
seeds = [int(seed) for seed in options.seeds.split(",")]
server = plateau_server.PlateauServer(options.data_dir)
dataset = server.dataset(options.dataset)
manifest = server.manifest(dataset["id"])
pool, _, test = split.of_dataset(dataset, manifest)
images = packed_images.of_server(server, manifest, *map(int, options.image_size.split(",")))
# First, so that a wrong sweep is told before hours of training.
plateau = reached_by_plateau(server, options, seeds, pool) if options.sweep else None

reached = []
for seed in seeds:
    network = train(options, images, pool, seed)
    reached.append(statistics.mean(score for score, in dice_score.of_images(network, images, test)))
    print(json.dumps({"seed": seed, "monai": reached[-1]} | ({"plateau": plateau[len(reached) - 1]} if plateau else {})),
          flush=True)
result = {"train_cases": len(pool), "test_cases": len(test), "steps": options.steps,
          "monai_mean": statistics.mean(reached)}
if plateau:
    result |= {"plateau_mean": statistics.mean(plateau),
               "difference": statistics.mean(plateau) - statistics.mean(reached)}
print(json.dumps(result))
sys.exit(0 if abs(result.get("difference", 0)) <= options.tolerance else 1)
