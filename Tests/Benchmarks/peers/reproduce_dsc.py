#!/usr/bin/env python3
"""Takes a finished run's weights out of a running Plateau server, evaluates them with MONAI on the test cases, and
compares the DSC, its mean and each class's, with what the server reports. Fails where one differs by more than
--tolerance.

Images are those of the server's cache; some are also made anew from the original files with Pillow, to see that
decoding and resizing are what they are said to be. Volumes are made anew from the original files with nibabel, and shown
to the network through a sliding window of this project's own making; sets that were resampled are refused.
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
import volumes
import window

# Of the windows that test volumes are seen through.
TEST_OVERLAP = 0.5


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
    if worst_mean >= 1 or worst > 8:
        sys.exit("that is more than rounding")


def scores_of_images(network, about, dataset, manifest, test):
    images = packed_images.of_server(server, manifest, *about["input"]["image_size"])
    check_resizing(images, dataset, manifest, test[: options.images])
    return dice_score.of_images(network, images, test, about["output"]["activation"])


def scores_of_volumes(network, about, dataset, manifest, test):
    if about["input"].get("spacing"):
        sys.exit(f"the volumes were resampled to {about['input']['spacing']} mm; only those that are seen as they are "
                 "stored can be checked")
    if about["output"]["classes"] != [item["name"] for item in manifest["classes"]]:
        sys.exit(f"the model's classes are {about['output']['classes']}, the data set has others")
    size = about["input"]["patch_size"]
    cases = volumes.Volumes(dataset["path"], manifest)
    extents = [cases.cases[id]["extent"] for id in test]
    counts = [len(window.origins(extent, size, TEST_OVERLAP)) for extent in extents]
    smaller = sum(any(side < wanted for side, wanted in zip(extent, size)) for extent in extents)
    print(f"volumes of {cases.channels} channels {'with' if cases.have_surroundings else 'without'} empty surroundings, "
          f"seen through {min(counts)} to {max(counts)} windows of {'x'.join(map(str, size))}; {smaller} of {len(test)} "
          "are smaller than the window along some axis")
    multiple = 2 ** len(about["monai_unet"]["strides"])
    return dice_score.of_volumes(network, cases, test, size, TEST_OVERLAP, multiple, about["output"]["activation"])


def compared(monai, plateau):
    return {"monai": monai, "plateau": plateau, "difference": monai - plateau}


options = arguments()
server = plateau_server.PlateauServer(options.data_dir)
run = server.run(options.run)
if run["state"] != "succeeded":
    sys.exit(f"the run is {run['state']}; only one that has succeeded has a test DSC")
dataset = server.dataset(server.sweep(run["sweep_id"])["dataset"]["id"])
manifest = server.manifest(dataset["id"])

train, _, test = split.of_dataset(dataset, manifest)
if split.subset_hash(train, run["size"], run["seed"]) != run["subset_hash"]:
    sys.exit("the run was trained on other cases than its split and seed say")

network, about = trained_model.load(options.model.read_bytes() if options.model else server.model(run["id"]))
if about["data_hash"] != manifest["data_hash"]:
    sys.exit("the model was trained on another data set")
evaluate = scores_of_images if dataset["dimensions"] == 2 else scores_of_volumes
scores = evaluate(network, about, dataset, manifest, test)
if len(scores) != run["test_cases"]:
    sys.exit(f"the server says {run['test_cases']} test cases; there are {len(scores)}")

of_cases = [statistics.mean(case) for case in scores]
result = compared(statistics.mean(of_cases), run["test_dsc"])
result["deviation"] = compared(statistics.stdev(of_cases) if len(of_cases) > 1 else 0, run["test_dsc_sd"])
result["classes"] = {
    item["name"]: compared(statistics.mean(of_class), item["dsc"])
    for item, of_class in zip(run["test_dsc_by_class"], zip(*scores, strict=True), strict=True)
}
print(json.dumps({"run": run["id"], "test_cases": len(scores), **result}))
differences = [part["difference"] for part in [result, result["deviation"], *result["classes"].values()]]
sys.exit(0 if all(abs(difference) <= options.tolerance for difference in differences) else 1)
