"""Right answers to the exercises of lesson 33, and wrong ones with words of their hint."""

import attempts_33 as tried
import numpy as np

FOUR = {"A": "sigmoid twice", "B": "rare", "C": "mixed up", "D": "relu"}
ALL_HEIGHTS = (0, (0, 1), 2)


class Tensor:
    """Stands for a tensor of any framework: it only knows how to become an array."""

    def __init__(self, values):
        self.values = values

    def __array__(self, dtype=None, copy=None):
        return np.array(self.values, dtype)


def tensors_of(function):
    """Return the function, with its result as a tensor."""
    return lambda *arguments: Tensor(function(*arguments))


def tries(name, answers, words):
    """Return wrong answers to one check that all get the same hint."""
    return [(name, answer, words) for answer in answers]


def named(**words):
    """Return the words for the four logs, some of them others."""
    return FOUR | words


def exchanged(one, other):
    """Return the words for the four logs, two of them exchanged."""
    return FOUR | {one: FOUR[other], other: FOUR[one]}


RIGHT = [
    (
        "overlap_by_hand",
        [
            (0.25, 0.4),
            [2 / 8, 4 / 10],
            np.array([0.25, 0.4], np.float32),
            Tensor([1 / 4, 2 / 5]),
        ],
    ),
    (
        "unpooled",
        [
            tried.unpool_in_a_loop,
            tried.unpool_by_order,
            tried.unpool_in_blocks,
            tried.unpool_as_list,
            tensors_of(tried.unpool_in_blocks),
        ],
    ),
    (
        "dice_loss",
        [
            tried.dice_in_numpy,
            tried.dice_in_a_loop,
            tried.dice_by_einsum,
            tried.dice_of_flat,
            tensors_of(tried.dice_in_numpy),
        ],
    ),
    (
        "grey_masks",
        [
            FOUR,
            {"D": "ReLU", "C": "Mixed up", "B": "RARE ", "A": "Sigmoid  twice"},
            {"a": "two sigmoids", "b": "rare", "c": "mixed-up", "d": "relu"},
            {name: np.str_(word) for name, word in FOUR.items()},
        ],
    ),
    (
        "tiles_needed",
        [
            tried.tiles_by_ceil,
            tried.tiles_in_a_loop,
            tried.tiles_in_whole_numbers,
            tried.tiles_by_starts,
            tried.tiles_in_numpy,
            tensors_of(tried.tiles_by_ceil),
        ],
    ),
    (
        "instances_by_hand",
        [
            (3, 2, 3, 0.375),
            [3, 2, 3, 3 / 8],
            (3, 2, 3, 0.38),
            (3, 2, 3, 0.37),
            np.array([3, 2, 3, 0.375], np.float32),
        ],
    ),
    ("calibration_by_hand", [(0.12, 0.7), [12 / 100, 7 / 10], np.array([0.12, 0.7], np.float32)]),
    (
        "hausdorff",
        [
            tried.farthest_in_numpy,
            tried.farthest_in_a_loop,
            tried.farthest_in_scipy,
            tried.farthest_by_trees,
            tensors_of(tried.farthest_in_numpy),
        ],
    ),
]

WRONG = [
    *tries("overlap_by_hand", [(3 / 7, 0.6), (0.43, 0.6)], "You counted three pixels"),
    *tries("overlap_by_hand", [(0.4, 0.25)], "another order"),
    *tries("overlap_by_hand", [(0.2, 0.4)], "IoU: Both masks added hold"),
    *tries("overlap_by_hand", [(0.25, 0.2), (2 / 8, 2 / 10)], "Dice: The factor 2"),
    *tries("overlap_by_hand", [(25, 40)], "not percent"),
    *tries("overlap_by_hand", [(25, 0.4), (0.25, 40)], "not percent"),
    *tries("overlap_by_hand", [(0.33, 0.5), (0.5, 0.33)], "sensitivity and precision"),
    *tries("overlap_by_hand", [(1 / 3, 0.4), (0.33, 0.4)], "IoU: You divide by the truth alone"),
    *tries("overlap_by_hand", [(0.5, 0.4), (0.5, 0.5)], "IoU: You divide by the found mask alone"),
    *tries("overlap_by_hand", [(0.25, 0.67), (0.25, 1)], "Dice: You divide by one mask alone"),
    *tries("overlap_by_hand", [(0.25, 0.5), (0.5, 0.5)], "Dice: You divide by the union, or"),
    *tries("overlap_by_hand", [(0.75, 0.6)], "what a loss would take"),
    *tries("overlap_by_hand", [(0.75, 0.4)], "IoU: This is 1 − IoU"),
    *tries("overlap_by_hand", [(0.25, 0.6)], "Dice: This is 1 − Dice"),
    *tries("overlap_by_hand", [(0.25, 0.25)], "Dice: This is the IoU"),
    *tries("overlap_by_hand", [(0.4, 0.4)], "IoU: This is Dice."),
    *tries("overlap_by_hand", [(4, 0.4)], "IoU: The fraction is upside down"),
    *tries("overlap_by_hand", [(0.25, 2.5)], "Dice: The fraction is upside down"),
    *tries("overlap_by_hand", [(0.167, 0.4)], "background belongs to no mask"),
    *tries("overlap_by_hand", [(2, 0.4), (8, 4)], "IoU: This is a number of pixels"),
    *tries("overlap_by_hand", [(8, 4), (0.25, 10)], "Dice: This is a number of pixels"),
    *tries("overlap_by_hand", [(0.25, 0.9)], "Dice: Your answer is 0.9, which is too large"),
    *tries("overlap_by_hand", [(0.25,), 0.25, (0.25, 0.4, 1), ("a", "b")], "Expected 2 numbers"),
    *tries("overlap_by_hand", [(0.25, np.nan)], "NaN and infinity are none"),
    *tries(
        "unpooled", map(tried.unpool_with, (tried.put_all, tried.put_share)), "into its whole block"
    ),
    *tries(
        "unpooled", map(tried.unpool_with, (tried.put_first, tried.put_last)), "the same corner"
    ),
    *tries("unpooled", [tried.unpool_by_compare], "to each of them"),
    *tries("unpooled", [tried.unpool_with(tried.put_last_of_equals)], "you take the last"),
    *tries("unpooled", [tried.unpool_to_whole_numbers], "lost their decimals"),
    *tries("unpooled", [tried.unpool_with(tried.put_maximum)], "the image's own maximum"),
    *tries("unpooled", [tried.unpool_with(tried.put_one)], "marked the places with 1"),
    *tries("unpooled", [tried.unpool_with(tried.put_product)], "multiplied the value by the image"),
    *tries("unpooled", [lambda i, v: i * v.repeat(2, 0).repeat(2, 1)], "multiplied the value"),
    *tries(
        "unpooled",
        map(tried.unpool_with, (tried.put_into_image, tried.put_added)),
        "you left the image in them",
    ),
    *tries("unpooled", [tried.unpool_turned], "swapped in the whole image"),
    *tries("unpooled", [tried.unpool_with(tried.put_swapped)], "swapped within the block"),
    *tries("unpooled", [tried.unpool_turned_values], "columns of values are swapped"),
    *tries("unpooled", [tried.unpool_with(tried.put_smallest)], "smallest pixel"),
    *tries("unpooled", [tried.unpool_with(tried.put_farthest)], "farthest from 0"),
    *tries("unpooled", [tried.unpool_by_mask], "went to the wrong block"),
    *tries(
        "unpooled",
        [tried.unpool_four_in_a_row, tried.unpool_not_turned_back],
        "A block has two rows",
    ),
    *tries("unpooled", [tried.unpool_in_place, tried.unpool_values_changed], "is changed"),
    *tries("unpooled", [tried.unpool_without_return], "Write `return`"),
    *tries("unpooled", [tried.unpool_with(tried.put_plus_one)], "which is too large"),
    *tries("unpooled", [tried.unpool_small], "Expected the shape (4, 4). Received (2, 2)"),
    *tries("unpooled", [tried.unpool_flat], "The number of elements is right"),
    *tries("unpooled", [np.ones((4, 4))], "Expected your function"),
    *tries("unpooled", [lambda i, v: i.reshape(v)], "Your function stopped with TypeError"),
    *tries(
        "dice_loss",
        [
            lambda t, s: 1 - tried.dice_in_numpy(t, s),
            tried.dice_with(lambda i, t, s: 2 * i / (t + s)),
        ],
        "The loss is 1 − Dice",
    ),
    *tries("dice_loss", [lambda t, s: tried.dice_in_numpy(t, s) - 1], "This is −Dice"),
    *tries(
        "dice_loss",
        [
            tried.dice_with(tried.bare_loss),
            tried.dice_with(lambda i, t, s: 1 - (2 * i + 1e-7) / (t + s + 1e-7)),
            tried.dice_with(lambda i, t, s: 1 - 2 * i / (t + s + 1e-7)),
        ],
        "or much less than 1",
    ),
    *tries(
        "dice_loss",
        [tried.dice_with(lambda i, t, s: 1 - (2 * i + 1) / (t + s))],
        "above, but not below",
    ),
    *tries(
        "dice_loss",
        [tried.dice_with(lambda i, t, s: 1 - 2 * i / (t + s + 1))],
        "below, but not above",
    ),
    *tries(
        "dice_loss",
        [
            tried.dice_with(lambda i, t, s: 1 - 2 * (i + 1) / (t + s + 1)),
            tried.dice_with(lambda i, t, s: 1 - 2 * (i + 1) / (t + s + 2)),
            tried.dice_with(lambda i, t, s: 1 - (2 * i + 1) / (t + 1 + s + 1)),
        ],
        "once above and once below",
    ),
    *tries(
        "dice_loss",
        [
            tried.dice_with(tried.smooth_loss, axis=None),
            tried.dice_with(tried.bare_loss, axis=None),
        ],
        "whole batch as one mask",
    ),
    *tries(
        "dice_loss",
        [
            tried.dice_with(lambda i, t, s: 1 - (i + 1) / (t + s + 1)),
            tried.dice_with(lambda i, t, s: 1 - i / (t + s)),
        ],
        "factor 2 is missing",
    ),
    *tries(
        "dice_loss",
        [
            tried.dice_with(tried.smooth_loss, scores=lambda s: s > 0.5),
            tried.dice_with(tried.smooth_loss, scores=np.round),
        ],
        "A step has no slope",
    ),
    *tries("dice_loss", [tried.dice_with(tried.smooth_loss, np.sum)], "sum over the images"),
    *tries("dice_loss", [tried.dice_with(tried.smooth_loss, list)], "One loss for each image"),
    *tries(
        "dice_loss",
        [tried.dice_of_squares, lambda t, s: tried.dice_of_squares(t, s, above=0)],
        "as V-Net does",
    ),
    *tries(
        "dice_loss", [tried.dice_with(lambda i, t, s: 1 - (i + 1) / (t + s - i + 1))], "1 − IoU"
    ),
    *tries("dice_loss", [tried.dice_without_empty], "without a mask are left out"),
    *tries("dice_loss", [tried.dice_of_means], "means over the pixels"),
    *tries(
        "dice_loss",
        [tried.dice_with(tried.smooth_loss, axis=axis) for axis in ALL_HEIGHTS],
        "axis 0 is the images",
    ),
    *tries(
        "dice_loss",
        [tried.dice_stops_at_nothing, tried.dice_one_at_nothing],
        "Without a mask and without a score",
    ),
    *tries("dice_loss", [tried.dice_without_return], "Write `return`"),
    *tries("dice_loss", [lambda t, s: np.mean((t - s) ** 2)], "Given an array"),
    *tries("dice_loss", [0.5], "Expected your function"),
    *tries("grey_masks", [exchanged("A", "D")], "A: a floor at 0.50"),
    *tries("grey_masks", [exchanged("A", "D")], "D: the floor at 0.50"),
    *tries("grey_masks", [exchanged("A", "C")], "A: masks of other images"),
    *tries("grey_masks", [exchanged("A", "C")], "C: two sigmoids"),
    *tries("grey_masks", [exchanged("A", "B")], "A: where the object is rare"),
    *tries("grey_masks", [exchanged("A", "B")], "B: a sigmoid of a sigmoid"),
    *tries("grey_masks", [exchanged("B", "D")], "B: a sigmoid of what a ReLU"),
    *tries("grey_masks", [exchanged("B", "D")], "D: where the object is rare"),
    *tries("grey_masks", [exchanged("B", "C")], "B: masks of other images"),
    *tries("grey_masks", [exchanged("B", "C")], "C: where the object is rare"),
    *tries("grey_masks", [exchanged("C", "D")], "C: a ReLU cuts"),
    *tries("grey_masks", [exchanged("C", "D")], "D: masks of other images"),
    *tries("grey_masks", [named(D="rare")], '"rare" stands at B and D: each word fits only once'),
    *tries("grey_masks", [dict.fromkeys("ABCD", "relu")], "A and B and C and D"),
    *tries(
        "grey_masks",
        [named(A="overfitting"), named(B=""), named(C=3), named(D="rare relu")],
        "is none of the four. They are: sigmoid twice, relu, mixed up, rare.",
    ),
    *tries("grey_masks", [{"A": "rare"}, {}, FOUR | {"E": "rare"}], "The keys are the logs"),
    *tries("grey_masks", [{0: "rare", 1: "relu"}], "Received 0, 1."),
    *tries("grey_masks", [list(FOUR.values()), "rare", {"rare", "relu"}], "Expected a dictionary"),
    *tries(
        "tiles_needed",
        [
            tried.tiles_with(lambda n, t, o: -(-n // t)),
            tried.tiles_with(lambda n, t, o: n // t),
            tried.tiles_with(lambda n, t, o: n // t + 1),
        ],
        "leave the overlap out",
    ),
    *tries(
        "tiles_needed",
        [
            tried.tiles_with(lambda n, t, o: (n - o) // (t - o)),
            tried.tiles_with(lambda n, t, o: int((n - t) / (t - o)) + 1),
            tried.tiles_with(lambda n, t, o: round((n - o) / (t - o))),
        ],
        "so round up",
    ),
    *tries(
        "tiles_needed", [tried.tiles_with(lambda n, t, o: (n - o) // (t - o) + 1)], "fit exactly"
    ),
    *tries(
        "tiles_needed",
        [
            tried.tiles_with(lambda n, t, o: -(-(n - o) // (t - 2 * o))),
            tried.tiles_with(lambda n, t, o: -(-n // (t - 2 * o))),
            tried.tiles_with(lambda n, t, o: -(-(n - 2 * o) // (t - 2 * o))),
        ],
        "took it off twice",
    ),
    *tries(
        "tiles_needed",
        [
            tried.tiles_with(lambda n, t, o: -(-n // (t - o))),
            tried.tiles_with(lambda n, t, o: n // (t - o) + 1),
        ],
        "Sometimes one too many",
    ),
    *tries(
        "tiles_needed",
        [tried.tiles_with(lambda n, t, o: -(-(n - t) // (t - o)))],
        "The first tile is missing",
    ),
    *tries(
        "tiles_needed",
        [tried.tiles_with(lambda n, t, o: -(-(n - 2 * o) // (t - o)))],
        "pixels at both borders",
    ),
    *tries(
        "tiles_needed",
        [
            tried.tiles_with(lambda n, t, o: (n - o) / (t - o)),
            tried.tiles_with(lambda n, t, o: n / (t - o)),
        ],
        "no parts of tiles",
    ),
    *tries(
        "tiles_needed",
        [tried.tiles_with(lambda n, t, o: -(-(n - o) // (t + o)))],
        "you added the overlap",
    ),
    *tries(
        "tiles_needed",
        [
            tried.tiles_with(tried.tiles_by_ceil, short=0),
            tried.tiles_without_short,
            tried.tiles_strictly_short,
        ],
        "an image no longer than a tile needs one tile",
    ),
    *tries(
        "tiles_needed", [tried.tiles_without_return, tried.tiles_none_if_short], "Write `return`"
    ),
    *tries("tiles_needed", [tried.tiles_told_as_starts], "not where they begin"),
    *tries("tiles_needed", [lambda n, t, o: 3], "Given 512, 128, 32: Your answer is 3"),
    *tries("tiles_needed", [5], "Expected your function"),
    *tries(
        "instances_by_hand",
        [(5, 0, 1, 5 / 6), (4, 1, 2, 4 / 7)],
        "Work out the IoU",
    ),
    *tries("instances_by_hand", [(5, 1, 1, 5 / 7), (5, 0, 0, 1)], "has an IoU of 110 / 230"),
    *tries("instances_by_hand", [(6, 0, 0, 1)], "over two nuclei is not two"),
    *tries("instances_by_hand", [(3, 3, 2, 3 / 8)], "FP and FN are swapped"),
    *tries("instances_by_hand", [(3, 2, 2, 3 / 7)], "Both nuclei under the one object"),
    *tries("instances_by_hand", [(3, 3, 3, 3 / 9)], "one false positive, not two"),
    *tries("instances_by_hand", [(3, 5, 6, 3 / 14)], "those without a match"),
    *tries("instances_by_hand", [(3, 1, 3, 3 / 7), (3, 0, 3, 0.5)], "is a false positive, even"),
    *tries("instances_by_hand", [(3, 2, 1, 0.5), (3, 2, 0, 0.6)], "is a false negative, even"),
    *tries("instances_by_hand", [(3, 2, 3, 0.6)], "This is the precision"),
    *tries("instances_by_hand", [(3, 2, 3, 0.5)], "This is the sensitivity"),
    *tries("instances_by_hand", [(3, 2, 3, 6 / 11), (3, 2, 3, 0.55)], "This is F1"),
    *tries("instances_by_hand", [(3, 2, 3, 3 / 11)], "count it once"),
    *tries("instances_by_hand", [(3, 2, 3, 0.625)], "what went wrong"),
    *tries("instances_by_hand", [(3, 2, 3, 37.5)], "not percent"),
    *tries("instances_by_hand", [(3, 2, 3, 0.3)], "precision times sensitivity"),
    *tries("instances_by_hand", [(3, 2, 3, 8 / 3)], "upside down"),
    *tries("instances_by_hand", [(3, 2, 3, 0.9)], "each hit counted once"),
    *tries("instances_by_hand", [(0.375, 3, 2, 3), (2, 3, 3, 0.375)], "in another order"),
    *tries("instances_by_hand", [(3, 4, 3, 0.3)], "five found objects"),
    *tries("instances_by_hand", [(3, 2, 7, 0.25)], "six nuclei"),
    *tries("instances_by_hand", [(2, 3, 4, 2 / 9)], "How many found objects"),
    *tries("instances_by_hand", [(3, 2, 3), 0.375, ("a", "b", "c", "d")], "Expected 4 numbers"),
    *tries("calibration_by_hand", [(0.5 / 3, 0.7), (0.17, 0.7)], "All groups count alike"),
    *tries("calibration_by_hand", [(0.06, 0.7), (0.1, 0.7), (-0.06, 0.7)], "without its sign"),
    *tries("calibration_by_hand", [(0.5, 0.7)], "the sum of the gaps"),
    *tries("calibration_by_hand", [(0.3, 0.7)], "the largest gap"),
    *tries("calibration_by_hand", [(0.134, 0.7), (0.018, 0.7)], "Squared gaps"),
    *tries("calibration_by_hand", [(12, 0.7)], "divide by all"),
    *tries("calibration_by_hand", [(0.25, 0.7)], "how many pixels are wrong"),
    *tries("calibration_by_hand", [(0.75, 0.7)], "how many pixels are right"),
    *tries("calibration_by_hand", [(0.81, 0.7)], "mean of what is said"),
    *tries("calibration_by_hand", [(0.12, 0.9), (0.12, 0.6)], "Here it says more"),
    *tries("calibration_by_hand", [(0.12, 0.8), (0.12, 24)], "Give what the group says"),
    *tries("calibration_by_hand", [(0.4, 0.7)], "which is too large"),
    *tries("calibration_by_hand", [0.12, (0.12, 0.7, 1)], "Expected 2 numbers"),
    *tries(
        "hausdorff", [tried.farthest_with(lambda a, b, _: a.max())], "first set to the second alone"
    ),
    *tries(
        "hausdorff", [tried.farthest_with(lambda a, b, _: b.max())], "second set to the first alone"
    ),
    *tries(
        "hausdorff",
        [tried.farthest_with(lambda a, b, _: min(a.max(), b.max()))],
        "you took the smaller",
    ),
    *tries(
        "hausdorff", [tried.farthest_with(lambda a, b, _: a.max() + b.max())], "you added them up"
    ),
    *tries(
        "hausdorff",
        [tried.farthest_with(lambda a, b, _: (a.max() + b.max()) / 2)],
        "you took their mean",
    ),
    *tries("hausdorff", [tried.farthest_with(lambda a, b, d: d.min())], "smallest distance of all"),
    *tries("hausdorff", [tried.farthest_with(lambda a, b, d: d.max())], "distance of all pairs"),
    *tries(
        "hausdorff",
        [
            tried.farthest_with(lambda a, b, _: max(a.mean(), b.mean())),
            tried.farthest_with(lambda a, b, _: (a.mean() + b.mean()) / 2),
            tried.farthest_with(lambda a, b, _: np.mean([*a, *b])),
            tried.farthest_with(lambda a, b, _: a.mean()),
            tried.farthest_with(lambda a, b, d: d.mean()),
        ],
        "This is a mean",
    ),
    *tries(
        "hausdorff",
        [tried.farthest_with(lambda a, b, _: max(np.percentile(a, 95), np.percentile(b, 95)))],
        "HD95",
    ),
    *tries("hausdorff", [tried.farthest_with(tried.both_farthest, "cityblock")], "as in a city"),
    *tries("hausdorff", [tried.farthest_with(tried.both_farthest, "chebyshev")], "two sides"),
    *tries("hausdorff", [tried.farthest_with(tried.both_farthest, "sqeuclidean")], "root"),
    *tries("hausdorff", [tried.between_centres], "between the centres"),
    *tries("hausdorff", [tried.farthest_with(lambda a, b, _: a)], "Return one number"),
    *tries("hausdorff", [tried.farthest_without_return], "Write `return`"),
    *tries("hausdorff", [lambda a, b: np.abs(a - b).max()], "Your function stopped with ValueErr"),
    *tries("hausdorff", [lambda a, b: 100.0], "which is too large"),
    *tries("hausdorff", [7.2], "Expected your function"),
]
