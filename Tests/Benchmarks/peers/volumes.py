"""Volumes as a network of Plateau's sees them, made anew from the files with nibabel: nothing of the server's cache is
used, nor of its program."""

import gzip
import hashlib
import pathlib

import nibabel
import numpy
import torch

# From this share of zeros in the median volume on, a data set's pictures have empty surroundings.
SURROUNDINGS = 0.25
CLIP = 10


class Volumes:
    """The cases of a registered data set, read one at a time and as they are stored, without resampling."""

    def __init__(self, folder, manifest):
        self.folder = pathlib.Path(folder)
        self.channels = manifest["channels"]
        self.classes = manifest["classes"]
        self.cases = {case["id"]: case for case in manifest["cases"]}
        shares = sorted(case["zeros"] for case in manifest["cases"])
        self.have_surroundings = shares[len(shares) // 2] >= SURROUNDINGS

    def read(self, id):
        """The standardized image [C, D, H, W] in fp32 and the labels [D, H, W]."""
        case = self.cases[id]
        values = numpy.concatenate([self.voxels(file, case) for file in case["images"]])
        if len(values) != self.channels:
            raise SystemExit(f"{id} has {len(values)} channels, not {self.channels}")
        zeros = numpy.count_nonzero(values == 0) / values.size
        if abs(zeros - case["zeros"]) > 1e-9:
            raise SystemExit(f"the share of zeros of {id} is {zeros}; the server says {case['zeros']}")
        labels = numpy.rint(self.voxels(case["label"], case)[0]).astype(numpy.uint8)
        return torch.from_numpy(self.standardized(values)), torch.from_numpy(labels)

    def voxels(self, file, case):
        """[C, D, H, W] in fp32, scaled as the file says. NIfTI's fastest axis is the first: x, y, z, channel."""
        content = (self.folder / file["path"]).read_bytes()
        if hashlib.sha256(content).hexdigest() != file["sha256"]:
            raise SystemExit(f"{file['path']} is not the file that was registered")
        if content[:2] == b"\x1f\x8b":
            content = gzip.decompress(content)
        values = nibabel.Nifti1Image.from_bytes(content).get_fdata(dtype=numpy.float64)
        values = values.reshape((values.shape + (1, 1, 1))[:4]).transpose(3, 2, 1, 0).astype(numpy.float32)
        if list(values.shape[1:]) != case["extent"]:
            raise SystemExit(f"{file['path']} has {values.shape[1:]} voxels; the server says {case['extent']}")
        return values

    def standardized(self, values):
        """Each channel to mean 0 and deviation 1, clipped, through half precision, as it is stored. In a data set with
        surroundings, voxels that are 0 in every channel do not count and stay 0. A constant channel becomes 0."""
        counted = (values != 0).any(0) if self.have_surroundings else numpy.ones(values.shape[1:], bool)
        result = numpy.zeros_like(values)
        for plane, target in zip(values.astype(numpy.float64), result):
            chosen = plane[counted]
            if chosen.size and chosen.std() > 1e-6 * abs(chosen.mean()):
                target[counted] = ((chosen - chosen.mean()) / chosen.std()).clip(-CLIP, CLIP)
        return result.astype(numpy.float16).astype(numpy.float32)
