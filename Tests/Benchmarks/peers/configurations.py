"""What is compared, and how much faster than each peer Plateau means to be."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Configuration:
    name: str
    dimensions: int
    layers: int
    # H, W(, D)
    size: tuple
    batch: int
    # Least ratios of items per second against A, B and B under bfloat16; compare.py says what these are.
    goals: dict

    def arguments(self, threads):
        """The same for both programs."""
        return [
            "--dims", str(self.dimensions), "--depth", str(self.layers), "--size", ",".join(map(str, self.size)),
            "--batch", str(self.batch), "--threads", str(threads),
        ]


def goals(a, b, b_bf16):
    return {"A": a, "B": b, "B-bf16": b_bf16}


ALL = [
    Configuration("2d3-128", 2, 3, (128, 128), 16, goals(2.2, 1.3, 1.1)),
    Configuration("2d5-128", 2, 5, (128, 128), 16, goals(2.2, 1.3, 1.1)),
    Configuration("2d6-128", 2, 6, (128, 128), 16, goals(2.2, 1.3, 1.1)),
    Configuration("2d5-256", 2, 5, (256, 256), 8, goals(2.2, 1.3, 1.1)),
    Configuration("2d4-64", 2, 4, (64, 64), 8, goals(3.0, 1.6, 1.3)),
    Configuration("3d4-32x48x32", 3, 4, (32, 48, 32), 4, goals(3.0, 1.8, 1.5)),
    Configuration("3d5-32x48x32", 3, 5, (32, 48, 32), 4, goals(3.0, 2.0, 1.8)),
    Configuration("3d4-64", 3, 4, (64, 64, 64), 2, goals(2.5, 1.6, 1.5)),
    Configuration("3d5-64", 3, 5, (64, 64, 64), 2, goals(2.5, 1.6, 1.5)),
]
