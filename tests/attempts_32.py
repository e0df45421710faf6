"""Functions that a learner may write for the exercises of lesson 32, right and wrong."""

import itertools

import numpy as np

from medkit.boxes import iou_matrix


def sides_of(a, b):
    return min(a[2], b[2]) - max(a[0], b[0]), min(a[3], b[3]) - max(a[1], b[1])


def area_of(box, more=0):
    return (box[2] - box[0] + more) * (box[3] - box[1] + more)


def iou_in_numbers(a, b):
    height, width = sides_of(a, b)
    if height <= 0 or width <= 0:
        return 0
    return height * width / (area_of(a) + area_of(b) - height * width)


def iou_in_numpy(a, b):
    shared = np.prod(np.clip(np.minimum(a[2:], b[2:]) - np.maximum(a[:2], b[:2]), 0, None))
    union = np.prod(a[2:] - a[:2]) + np.prod(b[2:] - b[:2]) - shared
    return np.float32(shared / max(union, 1e-9))


def iou_of_swapped(a, b):
    return iou_in_numbers(a[[1, 0, 3, 2]], b[[1, 0, 3, 2]])


def iou_by_matrix(a, b):
    return iou_matrix([a], [b]).item()


def cells_of(box):
    y_min, x_min, y_max, x_max = (round(2 * edge) for edge in box)
    return set(itertools.product(range(y_min, y_max), range(x_min, x_max)))


def iou_by_cells(a, b):
    both = cells_of(a) | cells_of(b)
    return len(cells_of(a) & cells_of(b)) / len(both) if both else 0


def iou_with(divide, more=0):
    """Return an IoU whose fraction is divide(shared, area of a, area of b)."""

    def iou(a, b):
        height, width = (max(side + more, 0) for side in sides_of(a, b))
        return divide(height * width, area_of(a, more), area_of(b, more))

    return iou


def of_union(shared, one, other):
    return shared / (one + other - shared) if one + other > shared else 0


def iou_clipped(clip):
    """Return an IoU whose shared area is clip(height, width)."""
    return lambda a, b: of_union(clip(*sides_of(a, b)), area_of(a), area_of(b))


def iou_divided_by_zero(a, b):
    height, width = (max(float(side), 0.0) for side in sides_of(a, b))
    return height * width / (float(area_of(a)) + float(area_of(b)) - height * width)


def iou_nan(a, b):
    shared = np.prod(np.maximum(sides_of(a, b), 0))
    return shared / (area_of(a) + area_of(b) - shared)


def iou_open_at_zero(a, b):
    if area_of(a) + area_of(b) > 0:
        return iou_in_numbers(a, b)
    return None


def iou_one_at_zero(a, b):
    return iou_in_numbers(a, b) if area_of(a) + area_of(b) > 0 else 1.0


def iou_of_hull(a, b):
    height, width = sides_of(a, b)
    hull = (max(a[2], b[2]) - min(a[0], b[0])) * (max(a[3], b[3]) - min(a[1], b[1]))
    return max(height, 0) * max(width, 0) / hull


def iou_of_sizes(a, b):
    return iou_in_numbers(*([*box[:2], box[0] + box[2], box[1] + box[3]] for box in (a, b)))


def corners_in_numpy(boxes, old, new):
    x, y, width, height = boxes.T
    down, across = np.array(new) / old
    return np.stack([y * down, x * across, (y + height) * down, (x + width) * across], axis=1)


def corners_in_a_loop(boxes, old, new):
    made = []
    for x, y, width, height in boxes:
        edges = y / old[0], x / old[1], (y + height) / old[0], (x + width) / old[1]
        made.append([edge * new[i % 2] for i, edge in enumerate(edges)])
    return made


def corners_by_matrix(boxes, old, new):
    add = np.array([[0, 1, 0, 1], [1, 0, 1, 0], [0, 0, 0, 1], [0, 0, 1, 0]])
    return boxes @ add * np.tile(np.divide(new, old), 2)


def corners_in_columns(boxes, old, new):
    corners = np.zeros((len(boxes), 4), np.float32)
    corners[:, :2] = boxes[:, [1, 0]]
    corners[:, 2:] = corners[:, :2] + boxes[:, [3, 2]]
    return corners / (*old, *old) * (*new, *new)


def corners_with(change, factor=None):
    """Return a conversion whose corners are change(x, y, width, height), times factor(v, u)."""

    def convert(boxes, old, new):
        v, u = new[0] / old[0], new[1] / old[1]
        factors = (v, u, v, u) if factor is None else factor(v, u)
        return np.transpose(change(*boxes.T)) * factors

    return convert


def corners(x, y, width, height):
    return y, x, y + height, x + width


def corners_sides_left(boxes, old, new):
    v, u = new[0] / old[0], new[1] / old[1]
    return [(y * v, x * u, y * v + h, x * u + w) for x, y, w, h in boxes]


def corners_sides_mixed(boxes, old, new):
    v, u = new[0] / old[0], new[1] / old[1]
    return [(y * v, x * u, y * v + w * u, x * u + h * v) for x, y, w, h in boxes]


def corners_in_place(boxes, old, new):
    boxes[:, 2:] += boxes[:, :2]
    boxes *= np.tile(np.divide(new, old)[::-1], 2)
    return boxes[:, [1, 0, 3, 2]]


def corners_overwritten(boxes, old, new):
    out = boxes.copy()
    out[:, 2:] += out[:, :2]
    out[:, 0], out[:, 1] = out[:, 1], out[:, 0]
    out[:, 2], out[:, 3] = out[:, 3], out[:, 2]
    return out * np.tile(np.divide(new, old), 2)


def corners_half_overwritten(boxes, old, new):
    out = boxes.copy()
    out[:, 0], out[:, 1] = out[:, 1], out[:, 0]
    out[:, 2], out[:, 3] = boxes[:, 1] + boxes[:, 3], boxes[:, 0] + boxes[:, 2]
    return out * np.tile(np.divide(new, old), 2)


def corners_like_theirs(boxes, old, new):
    out = np.zeros_like(boxes)
    out[:] = corners_in_numpy(boxes, old, new)
    return out


def corners_times_equal(boxes, old, new):
    out = boxes.copy()
    out[:, 2:] += out[:, :2]
    out = out[:, [1, 0, 3, 2]]
    out *= np.tile(np.divide(new, old), 2)
    return out


def corners_by_whole_factors(boxes, old, new):
    v, u = new[0] // old[0], new[1] // old[1]
    return [(y * v, x * u, (y + h) * v, (x + w) * u) for x, y, w, h in boxes]


def corners_divided_to_whole(boxes, old, new):
    x, y, w, h = boxes.T
    edges = [y * new[0] // old[0], x * new[1] // old[1]]
    edges += [(y + h) * new[0] // old[0], (x + w) * new[1] // old[1]]
    return np.stack(edges, axis=1)


def corners_divided_first(boxes, old, new):
    x, y, w, h = boxes.T
    edges = [y // old[0] * new[0], x // old[1] * new[1]]
    edges += [(y + h) // old[0] * new[0], (x + w) // old[1] * new[1]]
    return np.stack(edges, axis=1)


def corners_of_whole_sides(boxes, old, new, rounded=round):
    v, u = new[0] / old[0], new[1] / old[1]
    return [(y * v, x * u, y * v + rounded(h * v), x * u + rounded(w * u)) for x, y, w, h in boxes]


def corners_as_columns(boxes, old, new):
    return np.transpose(corners_in_a_loop(boxes, old, new))


def corners_of_some(boxes, old, new):
    return np.vstack(corners_in_a_loop(boxes, old, new))


def turn_in_numpy(boxes, height, width):
    out = boxes.copy()
    out[:, [0, 2]] = width - boxes[:, [3, 1]]
    out[:, [1, 3]] = boxes[:, [0, 2]]
    return out


def turn_in_a_loop(boxes, height, width):
    return [(width - x_max, y_min, width - x_min, y_max) for y_min, x_min, y_max, x_max in boxes]


def turn_by_corners(boxes, height, width):
    corners = [(width - boxes[:, x], boxes[:, y]) for y in (0, 2) for x in (1, 3)]
    return np.hstack([np.min(corners, axis=0).T, np.max(corners, axis=0).T])


def turn_by_masks(boxes, height, width):
    """Paint each box into an image of half pixels, turn the image, and look where the box is."""
    made = np.zeros((len(boxes), 4))
    for out, box in zip(made, boxes, strict=True):
        mask = np.zeros((2 * height, 2 * width), bool)
        y_min, x_min, y_max, x_max = (2 * box).astype(int)
        mask[y_min:y_max, x_min:x_max] = True
        rows, columns = np.nonzero(np.rot90(mask))
        out[:] = rows.min(), columns.min(), rows.max() + 1, columns.max() + 1
    return made / 2


def turn_with(change):
    """Return a turn whose boxes are change(y_min, x_min, y_max, x_max, height, width)."""

    def turn(boxes, height, width):
        made = [change(*box, height, width) for box in boxes]
        return np.array(made).reshape(-1, 4)

    return turn


def turn_as_one_box(boxes, height, width):
    y_min, x_min, y_max, x_max = boxes
    return np.array([width - x_max, y_min, width - x_min, y_max])


def turn_by_index(boxes, height, width):
    return np.array([width - boxes[3], boxes[0], width - boxes[1], boxes[2]])


def turn_first(boxes, height, width):
    return turn_in_a_loop(boxes, height, width)[0]


def turn_in_columns(boxes, height, width):
    y_min, x_min, y_max, x_max = boxes.T
    return np.array([width - x_max, y_min, width - x_min, y_max])


def turn_in_place(boxes, height, width):
    boxes[:] = turn_in_numpy(boxes, height, width)
    return boxes


def turn_in_place_only(boxes, height, width):
    turn_in_place(boxes, height, width)


def turn_overwritten(boxes, height, width):
    out = boxes.copy()
    out[:, 0] = width - out[:, 3]
    out[:, 1] = out[:, 0]
    out[:, 2] = width - out[:, 1]
    out[:, 3] = out[:, 2]
    return out


def turn_overwritten_at_once(boxes, height, width):
    out = boxes.copy()
    out[:, 0], out[:, 1], out[:, 2], out[:, 3] = (
        *(width - out[:, 3], out[:, 0]),
        *(width - out[:, 1], out[:, 2]),
    )
    return out


def turn_pixels_of_masks(boxes, height, width):
    """Turn the masks, and take the last pixel for the edge."""
    return turn_by_masks(boxes, height, width) - [0, 0, 1, 1]


def area_under_steps(found, truths):
    """Return the all-point AP of predictions, best first, of which some found a truth."""
    points = [(sum(found[:n]) / truths, sum(found[:n]) / n) for n in range(1, len(found) + 1)]
    area, before = 0, 0
    for recall, _ in points:
        area += (recall - before) * max(p for r, p in points if r >= recall)
        before = recall
    return area


def match_in_a_loop(overlaps, threshold):
    matched, taken = [], set()
    for row in overlaps:
        iou, best = max(((iou, t) for t, iou in enumerate(row)), default=(-1, -1))
        matched.append(best if iou >= threshold and best not in taken else -1)
        taken.add(matched[-1])
    return matched


def match_in_numpy(overlaps, threshold):
    matched, free = np.full(len(overlaps), -1), np.ones(overlaps.shape[1], bool)
    if free.size:
        for i, best in enumerate(overlaps.argmax(axis=1)):
            if free[best] and overlaps[i, best] >= threshold:
                matched[i], free[best] = best, False
    return matched


def match_by_itself(overlaps, threshold, taken=()):
    if not overlaps.size:
        return (-1,) * len(overlaps)
    best = int(overlaps[0].argmax())
    if overlaps[0, best] < threshold or best in taken:
        return (-1, *match_by_itself(overlaps[1:], threshold, taken))
    return (best, *match_by_itself(overlaps[1:], threshold, (*taken, best)))


def match_by_rivals(overlaps, threshold):
    matched = np.full(len(overlaps), -1.0)
    for t in range(overlaps.shape[1]):
        rivals = (overlaps[:, t] == overlaps.max(axis=1)) & (overlaps[:, t] >= threshold)
        matched[np.flatnonzero(rivals)[:1]] = t
    return matched


def match_by_unique(overlaps, threshold):
    matched = np.full(len(overlaps), -1)
    rows = np.flatnonzero(overlaps.max(axis=1, initial=-1) >= threshold)
    if rows.size:
        truths, first = np.unique(overlaps[rows].argmax(axis=1), return_index=True)
        matched[rows[first]] = truths
    return matched


def match_with(enough=np.greater_equal, free=True, order=lambda overlaps: range(len(overlaps))):
    """Return a matching with other rules."""

    def match(overlaps, threshold):
        matched = [-1] * len(overlaps)
        for i in order(overlaps):
            best = int(overlaps[i].argmax())
            if enough(overlaps[i, best], threshold) and not (free and best in matched):
                matched[i] = best
        return matched

    return match


def match_as_coco(overlaps, threshold, enough=np.greater_equal):
    matched = []
    for row in overlaps:
        free = [(v, t) for t, v in enumerate(row) if t not in matched and enough(v, threshold)]
        matched.append(max(free)[1] if free else -1)
    return matched


def match_as_coco_by_columns(overlaps, threshold):
    left, matched = overlaps.copy(), np.full(len(overlaps), -1)
    for i in range(len(left)):
        if left[i].max(initial=0) >= threshold:
            matched[i] = left[i].argmax()
            left[:, matched[i]] = 0
    return matched


def match_first(overlaps, threshold, go_on=True, free=True):
    matched = []
    for row in overlaps:
        fits = [t for t, iou in enumerate(row) if iou >= threshold]
        if free:
            fits = [t for t in (fits if go_on else fits[:1]) if t not in matched]
        matched.append(fits[0] if fits else -1)
    return matched


def match_marked_too_early(overlaps, threshold):
    matched, taken = [], []
    for row in overlaps:
        best = row.argmax()
        matched.append(best if best not in taken and row[best] >= threshold else -1)
        taken.append(best)
    return matched


def match_by_truths(overlaps, threshold, again=True):
    matched = [-1] * len(overlaps)
    for t in range(overlaps.shape[1]):
        best = max(range(len(overlaps)), key=lambda i: overlaps[i, t])
        if overlaps[best, t] >= threshold and (again or matched[best] == -1):
            matched[best] = t
    return matched


def match_largest_wins(overlaps, threshold):
    best, matched = overlaps.argmax(axis=1), np.full(len(overlaps), -1)
    for t in set(best.tolist()):
        winner = np.where(best == t, overlaps[:, t], -1).argmax()
        if overlaps[winner, t] >= threshold:
            matched[winner] = t
    return matched


def match_without_check(overlaps, threshold):
    matched = []
    for row in overlaps:
        best = row.argmax()
        matched.append(best if row[best] >= threshold and best not in matched else -1)
    return matched


def match_left_out(overlaps, threshold):
    return [t for t in match_in_a_loop(overlaps, threshold) if t >= 0]


def match_with_zeros(overlaps, threshold):
    return np.where(
        np.array(match_in_a_loop(overlaps, threshold)) < 0, 0, match_in_numpy(overlaps, threshold)
    )


def match_with_none(overlaps, threshold):
    return [None if t < 0 else t for t in match_in_a_loop(overlaps, threshold)]


def match_told_of_truths(overlaps, threshold):
    matched = match_in_a_loop(overlaps, threshold)
    return [matched.index(t) if t in matched else -1 for t in range(overlaps.shape[1])]


def match_told_as_overlaps(overlaps, threshold):
    matched = match_in_a_loop(overlaps, threshold)
    return [0 if t < 0 else overlaps[i, t] for i, t in enumerate(matched)]


def match_one_row_at_least(overlaps, threshold):
    return np.concatenate([[t] for t in match_in_numpy(overlaps, threshold)])


def errors_of(scores, counts, threshold):
    return np.array([(image >= threshold).sum() for image in scores]) - counts


def best_in_a_loop(scores, counts, candidates):
    best, least = None, float("inf")
    for threshold in sorted(candidates):
        wrong = 0
        for image, count in zip(scores, counts, strict=True):
            wrong += abs(sum(1 for score in image if score >= threshold) - count)
        if wrong <= least:
            best, least = threshold, wrong
    return best


def best_in_numpy(scores, counts, candidates):
    falling = np.sort(candidates)[::-1]
    wrong = [np.abs(errors_of(scores, counts, threshold)).mean() for threshold in falling]
    return np.float32(falling[np.argmin(wrong)])


def best_by_key(scores, counts, candidates):
    def goodness(threshold):
        return -np.abs(errors_of(scores, counts, threshold)).sum(), threshold

    return max(candidates.tolist(), key=goodness)


def best_joined(scores, counts, candidates):
    images = np.repeat(np.arange(len(scores)), [len(image) for image in scores])
    reached = np.concatenate(scores)[:, None] >= candidates  # (all scores, candidates)
    found = np.stack([reached[images == i].sum(axis=0) for i in range(len(scores))])
    wrong = np.abs(found - counts[:, None]).sum(axis=0)
    return candidates[wrong == wrong.min()].max()


def best_by_search(scores, counts, candidates):
    wrong = {}
    for t in candidates:
        found = [len(image) - np.searchsorted(np.sort(image), t) for image in scores]
        wrong[t] = np.linalg.norm(np.subtract(found, counts), ord=1)
    return max(t for t in wrong if wrong[t] == min(wrong.values()))


def best_with(measure, errors=errors_of, pick=max):
    """Return a choice by another measure of the errors, or with another pick of the equal ones."""

    def choose(scores, counts, candidates):
        wrong = [measure(errors(scores, counts, threshold)) for threshold in candidates]
        return pick([t for t, w in zip(candidates, wrong, strict=True) if w == min(wrong)])

    return choose


def absolute(errors):
    return np.abs(errors).sum()


def first_of(values):
    return values[0]


def last_of(values):
    return values[-1]


def errors_above(scores, counts, threshold):
    return np.array([(image > threshold).sum() for image in scores]) - counts


def errors_below(scores, counts, threshold):
    return np.array([(image < threshold).sum() for image in scores]) - counts


def errors_of_sums(scores, counts, threshold):
    return np.array([image[image >= threshold].sum() for image in scores]) - counts


def errors_of_shares(scores, counts, threshold):
    return errors_of(scores, counts, threshold) / counts


def best_told_as_error(scores, counts, candidates):
    return min(np.abs(errors_of(scores, counts, t)).mean() for t in candidates)


def best_told_as_index(scores, counts, candidates):
    return np.argmin([np.abs(errors_of(scores, counts, t)).mean() for t in candidates])


def best_told_as_right_index(scores, counts, candidates):
    return candidates.tolist().index(best_by_key(scores, counts, candidates))


def best_of_sorted(scores, counts, candidates):
    wrong = [np.abs(errors_of(scores, counts, t)).sum() for t in sorted(candidates)]
    return candidates[np.argmin(wrong)]


def best_of_falling(scores, counts, candidates):
    wrong = [absolute(errors_of(scores, counts, t)) for t in sorted(candidates, reverse=True)]
    return candidates[np.argmin(wrong)]


def best_of_equals(scores, counts, candidates):
    wrong = np.array([np.abs(errors_of(scores, counts, t)).sum() for t in candidates])
    return candidates[wrong == wrong.min()]


def best_of_scores(scores, counts, candidates):
    return best_by_key(scores, counts, np.concatenate(scores))


def best_where_found(scores, counts, candidates):
    def found(image, threshold):
        return (image >= threshold).sum() if image.max() >= threshold else 0

    def wrong(threshold):
        pairs = zip(scores, counts, strict=True)
        return sum(abs(found(image, threshold) - count) for image, count in pairs)

    return max(candidates, key=lambda t: (-wrong(t), t))


def best_as_array(scores, counts, candidates):
    return max(
        candidates, key=lambda t: -np.abs((np.array(scores) >= t).sum(axis=1) - counts).sum()
    )


def best_as_list(scores, counts, candidates):
    return max(candidates, key=lambda t: -np.abs((scores >= t).sum(axis=1) - counts).sum())
