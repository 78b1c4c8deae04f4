#!/usr/bin/env python3
"""Trains MONAI's U-Net on random data in PyTorch for a while and prints how fast, as one line of JSON.

A step is forward, loss, backward and Adam, as in `plateau bench unet`. Modes:
    eager           as a script runs that says nothing of memory layout
    channels_last   the same with network and images laid out channels last
    compiled        torch.compile over network and loss, channels last, fused Adam
    compiled_bf16   the same under autocast to bfloat16

With --rounds the process stays: each line on standard input is answered by one more measurement. Warm-up and
compilation come first and are not counted.
"""

import argparse
import contextlib
import json
import statistics
import sys
import time

import torch

import monai_unet


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--dims", type=int, choices=[2, 3], required=True)
    parser.add_argument("--depth", type=int, required=True, help="levels of the network")
    parser.add_argument("--size", required=True, help="H,W or H,W,D")
    parser.add_argument("--batch", type=int, required=True)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--norm", choices=["batch", "instance"], default="batch")
    parser.add_argument("--mode", choices=["eager", "channels_last", "compiled", "compiled_bf16"], default="eager")
    parser.add_argument("--seconds", type=float, default=5, help="of a measurement")
    parser.add_argument("--warm-up", type=float, default=2, help="seconds, after the first steps")
    parser.add_argument("--rounds", action="store_true", help="measure again for each line on standard input")
    options = parser.parse_args()
    options.size = [int(number) for number in options.size.split(",")]
    if len(options.size) != options.dims:
        parser.error(f"--size needs {options.dims} numbers")
    return options


def training_step(options):
    """A function that does one step."""
    torch.manual_seed(0)
    in_channels, out_channels = (3, 1) if options.dims == 2 else (4, 3)
    layout = torch.contiguous_format
    if options.mode != "eager":
        layout = torch.channels_last if options.dims == 2 else torch.channels_last_3d
    network = monai_unet.unet(options.dims, in_channels, out_channels, options.depth, options.norm)
    network = network.to(memory_format=layout).train()
    images = torch.randn(options.batch, in_channels, *options.size).contiguous(memory_format=layout)
    targets = (torch.rand(options.batch, out_channels, *options.size) < 0.3).float()
    compiled = options.mode.startswith("compiled")
    optimizer = torch.optim.Adam(network.parameters(), lr=1e-3, fused=compiled)
    narrow = torch.autocast("cpu", torch.bfloat16) if options.mode == "compiled_bf16" else contextlib.nullcontext()

    def forward(images, targets):
        with narrow:
            logits = network(images)
        return monai_unet.loss(logits.float(), targets)

    if compiled:
        forward = torch.compile(forward)

    def step():
        optimizer.zero_grad()
        loss = forward(images, targets)
        loss.backward()
        optimizer.step()
        return loss.item()

    return step


def run(step, seconds):
    """The time of each step, until `seconds` have passed; at least three steps."""
    times, begun = [], time.perf_counter()
    while len(times) < 3 or time.perf_counter() - begun < seconds:
        start = time.perf_counter()
        step()
        times.append(time.perf_counter() - start)
    return times


def peak_resident_mb():
    # Not getrusage: that starts from what the parent held when it forked.
    with open("/proc/self/status") as status:
        return next(int(line.split()[1]) for line in status if line.startswith("VmHWM:")) / 1024


def measurement(options, step):
    times = run(step, options.seconds)
    return {
        "items_per_second": options.batch * len(times) / sum(times),
        "step_ms": 1000 * statistics.median(times),
        "steps": len(times),
        "peak_rss_mb": peak_resident_mb(),
    }


options = arguments()
torch.set_num_threads(options.threads)
step = training_step(options)
run(step, options.warm_up)
if options.rounds:
    print(json.dumps({"ready": True, "torch": torch.__version__}), flush=True)
    for _ in sys.stdin:
        print(json.dumps(measurement(options, step)), flush=True)
else:
    print(json.dumps(measurement(options, step)))
