"""Which cases train, validate and test: Plateau's split and nested subsets, written a second time from their
description, so that a mistake in either shows."""

import hashlib

MASK = (1 << 64) - 1


class SplitMix:
    """SplitMix64 (Steele, Lea & Flood 2014)."""

    def __init__(self, seed):
        self.state = seed & MASK

    def next(self):
        self.state = (self.state + 0x9E3779B97F4A7C15) & MASK
        z = self.state
        z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & MASK
        z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & MASK
        return z ^ (z >> 31)

    def shuffled(self, items):
        items = list(items)
        for last in range(len(items) - 1, 0, -1):
            bound = last + 1
            limit = MASK - MASK % bound
            value = self.next()
            while value >= limit:
                value = self.next()
            place = value % bound
            items[last], items[place] = items[place], items[last]
        return items


def split(cases, fractions, seed):
    """Ids of the train pool, validation and test, each sorted. `cases` are a manifest's, `fractions` three shares."""
    groups = {}
    for case in cases:
        groups.setdefault(case["group"], []).append(case["id"])
    # Large groups first; sorting keeps the shuffled order among equals.
    order = sorted(SplitMix(seed).shuffled(sorted(groups)), key=lambda group: -len(groups[group]))
    wanted = [fraction * len(cases) for fraction in fractions]
    parts = [[], [], []]
    for index, group in enumerate(order):
        empty = [part for part in range(3) if not parts[part]]
        candidates = empty if len(empty) >= len(order) - index else range(3)
        neediest = max(candidates, key=lambda part: wanted[part] - len(parts[part]))
        parts[neediest] += groups[group]
    return [sorted(part) for part in parts]


def of_dataset(dataset, manifest):
    """The split of a data set as `GET /v1/datasets/{id}` describes it."""
    stated = dataset["split"]
    parts = split(manifest["cases"], [stated["train"], stated["validation"], stated["test"]], stated["seed"])
    counts = [dataset["cases"][part] for part in ("train", "validation", "test")]
    if [len(part) for part in parts] != counts:
        raise SystemExit(f"the split has {counts} cases, but should have {[len(part) for part in parts]}")
    return parts


def subset_hash(pool, size, seed):
    """What Plateau calls a run's `subset_hash`."""
    chosen = SplitMix(seed ^ 0x5EED0F5B5E750A11).shuffled(sorted(pool))[:size]
    return hashlib.sha256("\n".join(chosen).encode()).hexdigest()
