#!/usr/bin/env python3
"""Takes a finished run's weights out of a running Plateau server, evaluates them with MONAI on the test cases, and
compares the mean DSC with the one that the server reports. Fails where they differ by more than --tolerance.

The inputs are those of the server's cache; some are also made anew from the original files with Pillow, to see that
decoding and resizing are what they are said to be.
"""

import argparse
import json
import pathlib
import statistics
import sys

import numpy
import PIL.Image

import dice_score
import packed_images
import plateau_server
import split
import trained_model


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("run", help="its id")
    parser.add_argument("--data-dir", default="./var", help="the server's")
    parser.add_argument("--model", type=pathlib.Path, help="a file of `plateau model export`; without, the server's")
    parser.add_argument("--tolerance", type=float, default=1e-3)
    parser.add_argument("--images", type=int, default=8, help="how many images to resize anew")
    return parser.parse_args()


def check_resizing(images, dataset, manifest, ids):
    """Mean and greatest difference to Pillow's antialiased bilinear filter, in grey levels of 255."""
    cases = {case["id"]: case for case in manifest["cases"]}
    worst_mean = worst = 0
    for id in ids:
        file = pathlib.Path(dataset["path"]) / cases[id]["image"]
        image = PIL.Image.open(file).convert("RGB" if images.channels == 3 else "L")
        image = image.resize((images.width, images.height), PIL.Image.Resampling.BILINEAR)
        anew = numpy.asarray(image, dtype=int).reshape(images.height, images.width, images.channels)
        ours = images.bytes[images.places[id], :-1].permute(1, 2, 0).numpy().astype(int)
        difference = numpy.abs(anew - ours)
        worst_mean = max(worst_mean, difference.mean())
        worst = max(worst, difference.max())
    print(f"{len(ids)} images resized by Pillow differ by {worst_mean:.3f} on average, {worst} at most, of 255")
    # Rounding between the two passes is worth half a level, and JPEG decoders may differ by one or two.
    return worst_mean < 1 and worst <= 8


options = arguments()
server = plateau_server.PlateauServer(options.data_dir)
run = server.run(options.run)
sweep = server.sweep(run["sweep_id"])
dataset = server.dataset(sweep["dataset"]["id"])
manifest = server.manifest(dataset["id"])
if dataset["dimensions"] != 2:
    sys.exit("only data sets in 2 dimensions can be checked")

train, _, test = split.of_dataset(dataset, manifest)
if split.subset_hash(train, run["size"], run["seed"]) != run["subset_hash"]:
    sys.exit("the run was trained on other images than its split and seed say")

images = packed_images.of_server(server, manifest, *sweep["training"]["image_size"])
content = options.model.read_bytes() if options.model else server.model(run["id"])
network, metadata = trained_model.load(content)
if metadata["data_hash"] != manifest["data_hash"]:
    sys.exit("the model was trained on another data set")
resized_alike = check_resizing(images, dataset, manifest, test[: options.images])

scores = dice_score.evaluate(network, images, test)
difference = statistics.mean(scores) - run["test_dsc"]
print(json.dumps({
    "run": run["id"], "test_cases": len(scores), "monai": statistics.mean(scores), "plateau": run["test_dsc"],
    "difference": difference,
}))
sys.exit(0 if abs(difference) <= options.tolerance and resized_alike else 1)
