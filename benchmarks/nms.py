"""How long non-maximum suppression of 5,000 boxes takes: medkit's against a loop in Python.

The loop is the one of the textbooks, with numpy for the overlaps of one box with all that are
left. Crowded are the boxes of a detector before suppression, many round each object: few are kept,
and the loop, with little to do, is the faster. Where they are spread most are kept, and it is slow.
"""

import time

import numpy as np

from medkit.boxes import non_max_suppression

BOXES, GOAL_MS, REPEATS = 5000, 50, 7
# name: objects, height and width of the image, height of the objects
CASES = {
    "crowded: 20 objects, 480 × 640": (20, (480, 640), 60),
    "crowded: 100 objects, 480 × 640": (100, (480, 640), 60),
    "one heap": (1, (480, 640), 60),
    "spread: 4000 × 4000": (BOXES, (4000, 4000), 30),
    "spread: 1000 × 1000, many overlap": (BOXES, (1000, 1000), 20),
}


def random_boxes(objects, image, height):
    """Return boxes round randomly placed objects, and scores."""
    rng = np.random.default_rng(0)
    centres = rng.uniform(0, image, (objects, 2)).repeat(BOXES // objects, axis=0)
    centres += rng.normal(0, height / 12, centres.shape)
    sides = height * rng.uniform(0.8, 1.2, centres.shape)
    return np.hstack([centres - sides / 2, centres + sides / 2]), rng.random(BOXES)


def textbook(boxes, scores, iou_threshold=0.5):
    """Keep the best box, drop what overlaps it, and again."""
    top, start, bottom, end = boxes.T
    areas = (bottom - top) * (end - start)
    left, kept = np.argsort(-scores, kind="stable"), []
    while len(left):
        best, left = left[0], left[1:]
        kept.append(best)
        height = np.minimum(bottom[best], bottom[left]) - np.maximum(top[best], top[left])
        width = np.minimum(end[best], end[left]) - np.maximum(start[best], start[left])
        shared = np.maximum(height, 0) * np.maximum(width, 0)
        left = left[shared <= iou_threshold * (areas[best] + areas[left] - shared)]
    return np.array(kept)


def milliseconds(suppress, *given):
    """Return what a function gives, and its best time in ms."""
    times = []
    for _ in range(REPEATS):
        start = time.perf_counter()
        kept = suppress(*given)
        times.append(1000 * (time.perf_counter() - start))
    return kept, min(times)


def main():
    """Print the table."""
    print(f"{f'{BOXES} boxes, ms':40}{'kept':>8}{'medkit':>10}{'loop':>10}{'goal':>8}")
    for name, case in CASES.items():
        given = random_boxes(*case)
        kept, took = milliseconds(non_max_suppression, *given)
        same, loop = milliseconds(textbook, *given)
        if not np.array_equal(kept, same):
            raise AssertionError(f"{name}: the two keep other boxes; see tests/test_boxes.py.")
        print(f"{name:40}{len(kept):8}{took:10.1f}{loop:10.1f}{GOAL_MS:8}")


if __name__ == "__main__":
    main()
