#!/usr/bin/env python3
"""Runs `plateau bench unet` and PyTorch in alternation and prints how they compare, as a Markdown table.

    A        PyTorch as a MONAI script runs it: the faster of eager and channels last, default allocator
    B        PyTorch at its best: torch.compile, channels last, fused Adam, an allocator that keeps its memory
    B-bf16   B under autocast to bfloat16

A round measures the machine's peak, A, B, B-bf16, Plateau and Plateau in bfloat16, one after the other; ratios are
taken within a round, so that a machine that slows down slows both. Needs Tests/Benchmarks/peers/install, and a quiet
machine:

    Tests/Benchmarks/peers/install
    swift build -c release --product plateau
    .build/peers-venv/bin/python Tests/Benchmarks/peers/compare.py --output peers.json
"""

import argparse
import json
import os
import platform
import sys

import comparison
import configurations
import programs


def arguments():
    names = [configuration.name for configuration in configurations.ALL]
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--binary", default=programs.PACKAGE / ".build" / "release" / "plateau", help="plateau")
    parser.add_argument("--only", help=f"comma-separated, of {', '.join(names)}")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=5, help="of each measurement; warm-up comes on top")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--no-bf16", action="store_true", help="leave bfloat16 out")
    parser.add_argument("--no-ours", action="store_true", help="measure the peers alone")
    parser.add_argument("--ours-arguments", default="", help="more arguments for `plateau bench unet`, in one string")
    parser.add_argument("--output", help="where to put every measurement, as JSON")
    options = parser.parse_args()
    options.only = options.only.split(",") if options.only else names
    if not set(options.only) <= set(names):
        parser.error(f"--only takes {', '.join(names)}")
    if options.rounds < 1:
        parser.error("--rounds must be at least 1")
    return options


def ours(options, configuration):
    """Plateau in each precision that it has for this configuration."""
    if options.no_ours:
        return {}
    extra = options.ours_arguments.split()
    candidates = {"plateau": extra}
    if not options.no_bf16:
        candidates["plateau-bf16"] = ["--precision", "bf16", *extra]
    able = {}
    for name, extra in candidates.items():
        try:
            programs.Plateau(options.binary, configuration, options.threads, 0, extra).measure()
        except RuntimeError as refusal:
            print(f"{configuration.name}: no {name}: {refusal}", file=sys.stderr)
            continue
        able[name] = programs.Plateau(options.binary, configuration, options.threads, options.seconds, extra)
    return able


def peers(options, configuration):
    of_mode = lambda mode: programs.Peer(
        configuration, mode, options.threads, options.seconds, programs.KEEP_MEMORY)
    result = {"A": programs.plain_peer(configuration, options.threads, options.seconds), "B": of_mode("compiled")}
    if not options.no_bf16:
        result["B-bf16"] = of_mode("compiled_bf16")
    return result


def compare(options, configuration, machine):
    print(f"{configuration.name}: warming up", file=sys.stderr)
    own = ours(options, configuration)
    compared = {**peers(options, configuration), **own}
    rounds = []
    for number in range(options.rounds):
        round = {"machine": machine.measure()}
        for name, program in compared.items():
            round[name] = program.measure()
        rounds.append(round)
        speeds = ", ".join(f"{name} {round[name]['items_per_second']:.1f}" for name in compared)
        print(f"{configuration.name} {number + 1}/{options.rounds}: {speeds} items/s, "
              f"peak {round['machine']['all_threads']:.0f} GFLOP/s, {round['machine']['busy_cores']:.1f} cores "
              "busy elsewhere", file=sys.stderr)
    for program in compared.values():
        program.end()
    return {
        "configuration": configuration.name, "batch": configuration.batch, "goals": configuration.goals,
        "mode_of_a": compared["A"].mode, "torch": compared["A"].torch, "summary": comparison.summary(rounds),
        "rounds": rounds,
    }


options = arguments()
machine = programs.Machine(options.threads)
chosen = [configuration for configuration in configurations.ALL if configuration.name in options.only]
results = []
for configuration in chosen:
    results.append(compare(options, configuration, machine))
    if options.output:
        # After each, so that an interrupted comparison leaves what it has.
        with open(options.output, "w") as file:
            json.dump({"machine": platform.platform(), "load": os.getloadavg(), "threads": options.threads,
                       "seconds": options.seconds, "results": results}, file, indent=2)
print(comparison.markdown(results))
