#!/usr/bin/env python3
"""Makes of a drawn data set of volumes (`plateau dataset synth --dims 3`) one of two channels.

The first channel is the drawn one, the second its edges, and both are 0 around the middle of the picture, as around a
brain without its skull. They are written as integers with a slope and an intercept, in files of four dimensions (msd) or
in a file each (nnunet).
"""

import argparse
import json
import pathlib
import shutil

import nibabel
import numpy

parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument("drawn", type=pathlib.Path)
parser.add_argument("target", type=pathlib.Path)
parser.add_argument("--layout", choices=["msd", "nnunet"], default="msd")
options = parser.parse_args()


def channels(volume):
    """[x, y, z, 2], 0 outside of an ellipsoid that touches the volume's sides."""
    edges = sum(numpy.abs(step) for step in numpy.gradient(volume))
    axes = [numpy.linspace(-1, 1, side) for side in volume.shape]
    outside = sum(axis**2 for axis in numpy.meshgrid(*axes, indexing="ij")) > 1
    both = numpy.stack([volume, edges], axis=-1)
    both[outside] = 0
    return both


def save(values, affine, path):
    step = numpy.abs(values).max() / 30000
    # What is 0 comes back as exactly 0: twice the step, less that.
    image = nibabel.Nifti1Image((numpy.rint(values / step) + 2).astype(numpy.int16), affine)
    image.header.set_slope_inter(step, -2 * step)
    nibabel.save(image, path)


def write(source, name):
    volume = nibabel.load(source)
    values = channels(volume.get_fdata())
    if options.layout == "msd":
        save(values, volume.affine, options.target / "imagesTr" / f"{name}.nii.gz")
    else:
        for number in range(2):
            save(values[..., number], volume.affine, options.target / "imagesTr" / f"{name}_{number:04}.nii.gz")


(options.target / "imagesTr").mkdir(parents=True)
shutil.copytree(options.drawn / "labelsTr", options.target / "labelsTr")
for source in sorted((options.drawn / "imagesTr").iterdir()):
    write(source, source.name.removesuffix(".nii.gz"))
description = json.loads((options.drawn / "dataset.json").read_text())
if options.layout == "msd":
    description["modality"] = {"0": "drawn", "1": "edges"}
else:
    description = {
        "channel_names": {"0": "drawn", "1": "edges"},
        "labels": {name: int(value) for value, name in description["labels"].items()},
        "numTraining": description["numTraining"],
        "file_ending": ".nii.gz",
    }
(options.target / "dataset.json").write_text(json.dumps(description, indent=2))
