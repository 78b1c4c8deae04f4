"""Gradient-boosted trees (LightGBM) that forecast how a curve ends, trained on whole curves of other tasks.

Their rows are the beginnings of those curves, of every length from 3 points to 19 in 20: what they learn is how far a
curve is from its end. The 5, 50 and 95 % quantile have trees of their own.
"""

import lightgbm
import numpy as np

QUANTILES = (0.05, 0.5, 0.95)
TREES = 200
SETTINGS = {"learning_rate": 0.05, "num_leaves": 8, "min_data_in_leaf": 40, "feature_fraction": 0.7, "bagging_fraction": 0.7,
            "bagging_freq": 1, "lambda_l2": 1.0, "num_threads": 1, "deterministic": True, "verbosity": -1}


def features(curve, seen):
    """What is known after `seen` points; levels count from the mean of late, which the answer is added to.

    Nothing by which a task would be known (length, epochs, images, the level itself): with it, trees trained on other tasks
    come out further off at every cut.
    """
    values = curve.values[:seen]
    late = level(values)
    at = [values[int(share * (seen - 1))] - late for share in (0, 0.25, 0.5, 0.75)]
    recent = values[-max(3, seen // 4):]
    slope = np.polyfit(np.arange(len(recent)), recent, 1)[0]
    scatter = np.std(np.diff(recent)) / np.sqrt(2)
    return [seen / len(curve.values), values[-1] - late, values.max() - late, values.min() - late, *at,
            slope * (len(curve.values) - seen), scatter]


def level(values):
    return float(np.mean(values[-max(1, len(values) // 10):]))


def trained(curves, seed):
    """A model for each quantile."""
    rows, answers, weights = [], [], []
    for curve in curves:
        lengths = range(3, max(4, len(curve.values) * 19 // 20))
        for seen in lengths:
            rows.append(features(curve, seen))
            answers.append(curve.final - level(curve.values[:seen]))
            # Each curve counts alike, however many points it has.
            weights.append(1 / len(lengths))
    weights = np.array(weights) * len(weights) / np.sum(weights)
    models = []
    for quantile in QUANTILES:
        settings = {**SETTINGS, "objective": "quantile", "alpha": quantile, "seed": seed}
        data = lightgbm.Dataset(np.array(rows), np.array(answers), weight=weights)
        models.append(lightgbm.train(settings, data, TREES))
    return models


def forecast(models, curve, seen):
    """The 5, 50 and 95 % quantile of the final DSC."""
    row = np.array([features(curve, seen)])
    late = level(curve.values[:seen])
    return sorted(min(1, max(0, late + float(model.predict(row)[0]))) for model in models)
