#!/usr/bin/env python3
"""Forecasts of the final validation DSC beside their peers, on the same curves, cuts and finals.

Usage: .build/peers-forecasts-venv/bin/python Tests/Benchmarks/peers/forecasts/compare.py [DIR] [--json FILE]

Run `install` beside it first. Ours and the simple baselines are what `plateau evaluate forecasts DIR` says of them. The
peers: LC-PFN, trained anew on its own prior and smaller than its authors' (see lc_pfn.py), and gradient-boosted trees, for
each task trained on the curves of all others. Ours and LC-PFN have seen no real curve. Takes about five minutes, most of them
LC-PFN's training. Exits with 1 where another method is closer than ours over the cuts together (geometric mean).
"""

import argparse
import json
import pathlib
import statistics
import subprocess
import sys
import time

import numpy as np

import boosted_trees
import lc_pfn
import study_curves

PACKAGE = pathlib.Path(__file__).resolve().parents[4]
OURS = "surrogate"


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("dir", nargs="?", type=pathlib.Path, default=PACKAGE.parent / "shared/data/curves",
                        help="a folder of curves with a manifest.csv (default: %(default)s)")
    parser.add_argument("--binary", type=pathlib.Path, default=PACKAGE / ".build/release/plateau")
    parser.add_argument("--seed", type=int, default=1, help="of the peers' training (default: 1)")
    parser.add_argument("--network", type=pathlib.Path,
                        help="keep the trained LC-PFN in this file, and take it from there when it is there")
    parser.add_argument("--json", type=pathlib.Path, help="also write the table to this file")
    return parser.parse_args()


def said_by_plateau(options):
    """Its table of our surrogate and the simple baselines."""
    answer = subprocess.run([options.binary, "evaluate", "forecasts", options.dir, "--json"], check=True,
                            stdout=subprocess.PIPE, text=True)
    return json.loads(answer.stdout)


def network(options):
    import torch

    if options.network and options.network.exists():
        return torch.load(options.network, weights_only=False)
    began = time.monotonic()
    model = lc_pfn.trained(options.seed)
    print(f"LC-PFN: {lc_pfn.LAYERS} layers of {lc_pfn.WIDTH}, trained on {lc_pfn.EPOCHS * 100 * lc_pfn.BATCH} curves of its "
          f"own prior in {time.monotonic() - began:.0f} s", flush=True)
    if options.network:
        torch.save(model, options.network)
    return model


def judged(forecasts, curves):
    """Of quantile triples, a row's figures at one cut."""
    low, middle, high = np.array(forecasts).T
    finals = np.array([curve.final for curve in curves])
    return {"mean_absolute_error": float(np.mean(np.abs(middle - finals))),
            "coverage": float(np.mean((low <= finals) & (finals <= high))), "width": float(np.mean(high - low))}


def peers(curves, shares, options):
    model = network(options)
    trees = {task: boosted_trees.trained([curve for curve in curves if curve.task != task], options.seed)
             for task in {curve.task for curve in curves}}
    asked = {"LC-PFN, retrained": lambda curve, seen: lc_pfn.forecast(model, curve, seen),
             "boosted trees": lambda curve, seen: boosted_trees.forecast(trees[curve.task], curve, seen)}
    return [{"method": name,
             "cuts": [judged([ask(curve, curve.seen(share)) for curve in curves], curves) for share in shares]}
            for name, ask in asked.items()]


def shown(title, rows, header, cell):
    print(f"\n{title:<34}" + "".join(f"{name:>9}" for name in header))
    for row in rows:
        cells = [cell(row, index) for index in range(len(header))]
        if any(cells):
            print(f"{row['method']:<34}" + "".join(f"{text or '–':>9}" for text in cells))


def ratios(ours, theirs):
    """Of mean absolute errors, at each cut."""
    return [mine["mean_absolute_error"] / their["mean_absolute_error"] for mine, their in zip(ours["cuts"], theirs["cuts"])]


def main():
    options = arguments()
    table = said_by_plateau(options)
    curves = study_curves.read(options.dir)
    if len({curve.task for curve in curves}) < 2:
        raise SystemExit(f"{options.dir}: the boosted trees need curves of two tasks or more")
    # Both sides must have read the same curves, cut them alike and mean the same by their ends.
    last = next(row for row in table["rows"] if row["method"] == "last value")
    for share, figures in zip(table["shares"], last["cuts"]):
        error = np.mean([abs(curve.values[curve.seen(share) - 1] - curve.final) for curve in curves])
        if table["curves"] != len(curves) or abs(error - figures["mean_absolute_error"]) > 1e-9:
            raise SystemExit(f"{options.dir} is read otherwise here than by plateau: {error} is the last value's error")

    rows = table["rows"] + peers(curves, table["shares"], options)
    ours = next(row for row in rows if row["method"] == OURS)
    header = [f"{100 * share:.0f} %" for share in table["shares"]]
    print(f"{len(curves)} curves of {len({curve.task for curve in curves})} tasks")
    shown("mean absolute error", rows, header, lambda row, cut: f"{row['cuts'][cut]['mean_absolute_error']:.4f}")
    shown("ours by theirs", [row for row in rows if row is not ours], header,
          lambda row, cut: f"{ratios(ours, row)[cut]:.2f}")
    shown("coverage of the 90 % interval", rows, header, lambda row, cut: row["cuts"][cut].get("coverage") is not None
          and f"{100 * row['cuts'][cut]['coverage']:.0f} %")
    shown("mean width of the 90 % interval", rows, header, lambda row, cut: row["cuts"][cut].get("width") is not None
          and f"{row['cuts'][cut]['width']:.4f}")
    if options.json:
        options.json.write_text(json.dumps({**table, "rows": rows}, indent=1))
    better = [row["method"] for row in rows if row is not ours and statistics.geometric_mean(ratios(ours, row)) > 1]
    for each in better:
        print(f"closer than ours: {each}")
    return 1 if better else 0


sys.exit(main())
