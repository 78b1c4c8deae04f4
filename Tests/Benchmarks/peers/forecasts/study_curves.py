"""Whole learning curves from a folder, cut as `plateau evaluate forecasts` cuts them."""

import csv
import dataclasses

import numpy as np

BLOCKS = 100
MINIMUM_POINTS = 3


@dataclasses.dataclass
class StudyCurve:
    """A curve averaged in at most BLOCKS blocks of equal numbers of epochs."""

    task: str
    epochs: int
    train_size: float
    # [points], validation DSC.
    values: np.ndarray

    @property
    def final(self):
        """The mean of the last 5 % of the points, at least one."""
        return float(np.mean(self.values[-self.points_in_final:]))

    @property
    def points_in_final(self):
        return max(1, len(self.values) // 20)

    def seen(self, share):
        """How many points a forecast after this share of the curve is given."""
        return min(max(MINIMUM_POINTS, int(share * len(self.values) + 1e-9)), len(self.values) - 1)


def read(folder):
    """The curves that the folder's manifest.csv names."""
    with open(folder / "manifest.csv", newline="") as file:
        return [curve(folder, row) for row in csv.DictReader(file)]


def curve(folder, row):
    with open(folder / row["file"], newline="") as file:
        points = [(int(point["epoch"]), float(point["val_dice"])) for point in csv.DictReader(file)]
    # Some trainers count from 0.
    shift = 1 if points[0][0] == 0 else 0
    epochs = int(row["epochs"])
    if epochs <= BLOCKS:
        values = [dsc for _, dsc in points]
    else:
        blocks = {}
        for epoch, dsc in points:
            blocks.setdefault((epoch + shift - 1) * BLOCKS // epochs, []).append(dsc)
        values = [np.mean(blocks[block]) for block in sorted(blocks)]
    return StudyCurve(row["task"], epochs, float(row["train_size"]), np.array(values))
