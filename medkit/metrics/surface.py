"""How far the borders of two masks are apart, in mm.

The border of a mask is those of its pixels that have a neighbour outside: of the four beside it
in 2D, of the six in 3D. Beyond the edge of the image is outside. Distances run from the centre of
a border pixel to the centre of the nearest border pixel of the other mask. They belong to one
image: (height, width), or (slices, height, width) for a volume.

`spacing_mm` is the size of a pixel: one number, or one an axis in the order of the axes, as
`medkit.load` and `medkit.read_image` give it. With the default, distances are in pixels.
"""

import numpy as np

from medkit.metrics.overlap import mask_pair


def border_distances(mask_a, mask_b, spacing_mm=1.0):
    """Return how far each border pixel of either mask is from the border of the other.

    distance(p, B) = min over the border pixels q of B of |(p - q) * spacing_mm|

    The two lists differ: all of a small mask may lie at the border of a large one, whose border
    is mostly far from it.

    Args:
        mask_a: (height, width) or (slices, height, width) of booleans, or of 0 and 1.
        mask_b: the same shape.
        spacing_mm: size of a pixel, one number or one an axis, above 0.

    Returns:
        from_a: (n,) float64 ≥ 0, mm, one for each border pixel of A, row by row; infinite if B is
            empty.
        from_b: (m,) float64 ≥ 0, mm, one for each border pixel of B; infinite if A is empty.

    Raises:
        ValueError: the shapes differ or are not of one image, a value is neither 0 nor 1, or the
            spacing does not fit.

    Example:
        >>> from_a, from_b = border_distances([[1, 0, 0, 0]], [[1, 1, 0, 1]], spacing_mm=0.5)
        >>> print(from_a, from_b)
        [0.] [0.  0.5 1.5]
    """
    from scipy import ndimage

    masks = mask_pair(mask_a, mask_b)
    spacing = _spacing(spacing_mm, masks[0].shape)
    # Outside the box round both masks no distance is asked for, and a volume is mostly outside.
    box = (ndimage.find_objects((masks[0] | masks[1]).astype(np.uint8)) or [Ellipsis])[0]
    a, b = (mask[box] & ~ndimage.binary_erosion(mask[box]) for mask in masks)
    return tuple(
        ndimage.distance_transform_edt(~there, sampling=spacing)[here]
        if there.any()
        else np.full(np.count_nonzero(here), np.inf)
        for here, there in ((a, b), (b, a))
    )


def hausdorff_distance(mask_a, mask_b, spacing_mm=1.0, percentile=100):
    """Return the longest way from the border of one mask to the border of the other.

    max(percentile of distance(p, B) over p in ∂A, percentile of distance(q, A) over q in ∂B)

    With percentile=100 a single stray pixel decides; 95, the HD95, leaves out the farthest 5 %
    of either border. The percentile is taken of each list, between two values on a straight line,
    and the larger of the two counts, as in MONAI. MedPy's hd95 is one percentile of both lists
    joined: mostly smaller, as a long border that fits hides a short one that does not.

    Args:
        mask_a: (height, width) or (slices, height, width) of booleans, or of 0 and 1.
        mask_b: the same shape.
        spacing_mm: size of a pixel, one number or one an axis, above 0.
        percentile: above 1, up to 100.

    Returns:
        float ≥ 0, mm; 0.0 if both masks are empty, infinite if just one is.

    Raises:
        ValueError: as `border_distances`, or the percentile is out of range.

    Example:
        >>> mask, truth = np.zeros((2, 4, 5), bool)
        >>> mask[0, 0] = truth[3, 4] = True
        >>> hausdorff_distance(mask, truth), hausdorff_distance(mask, truth, spacing_mm=(4, 3))
        (5.0, 16.97056274847714)

    Reference:
        Huttenlocher, Klanderman, Rucklidge, Comparing images using the Hausdorff distance, IEEE
        Transactions on Pattern Analysis and Machine Intelligence 1993, doi:10.1109/34.232073.
    """
    if not 1 < percentile <= 100:
        raise ValueError(
            f"Expected a percentile above 1, up to 100. Received {percentile}. Write percent, not "
            "a share: 95 for the HD95, 100 for the largest distance."
        )
    both = border_distances(mask_a, mask_b, spacing_mm)
    if not all(distances.size for distances in both):
        return float("inf") if any(distances.size for distances in both) else 0.0
    return float(max(np.percentile(distances, percentile) for distances in both))


def surface_distance(mask_a, mask_b, spacing_mm=1.0):
    """Return the mean distance between the borders: the average symmetric surface distance.

    (sum of distance(p, B) over p in ∂A + sum of distance(q, A) over q in ∂B) / (|∂A| + |∂B|)

    Each border pixel of either mask counts once. MedPy's assd is instead the mean of the two
    means, in which each pixel of the shorter border weighs more.

    Args:
        mask_a: (height, width) or (slices, height, width) of booleans, or of 0 and 1.
        mask_b: the same shape.
        spacing_mm: size of a pixel, one number or one an axis, above 0.

    Returns:
        float ≥ 0, mm; 0.0 if both masks are empty, infinite if just one is.

    Raises:
        ValueError: as `border_distances`.

    Example:
        >>> surface_distance([[1, 0, 0, 0]], [[1, 1, 0, 1]], spacing_mm=2)  # (0 + 0 + 2 + 6) / 4
        2.0

    Reference:
        Heimann et al., Comparison and evaluation of methods for liver segmentation from CT
        datasets, IEEE Transactions on Medical Imaging 2009, doi:10.1109/TMI.2009.2013851.
    """
    distances = np.concatenate(border_distances(mask_a, mask_b, spacing_mm))
    return float(distances.mean()) if distances.size else 0.0


def surface_dice(mask_a, mask_b, tolerance_mm, spacing_mm=1.0):
    """Return the share of the border pixels of both masks that lie near the other's border.

    (|p in ∂A with distance(p, B) <= tolerance| + |q in ∂B with distance(q, A) <= tolerance|)
    / (|∂A| + |∂B|)

    The tolerance is what two experts differ by. It counts border pixels; Nikolov et al. weigh
    each piece of the surface by its area, so their numbers differ a little, and more where pixels
    are far from cubes.

    Args:
        mask_a: (height, width) or (slices, height, width) of booleans, or of 0 and 1.
        mask_b: the same shape.
        tolerance_mm: of a border that is right, finite and at least 0.
        spacing_mm: size of a pixel, one number or one an axis, above 0.

    Returns:
        float from 0, no border pixel within the tolerance or just one mask empty, to 1, all of
        them or both empty.

    Raises:
        ValueError: as `border_distances`, or the tolerance is out of range.

    Example:
        >>> surface_dice([[1, 0, 0, 0]], [[1, 1, 0, 1]], tolerance_mm=1)  # all but the last pixel
        0.75

    Reference:
        Nikolov et al., Clinically applicable segmentation of head and neck anatomy for
        radiotherapy: deep learning algorithm development and validation study, Journal of
        Medical Internet Research 2021, doi:10.2196/26151.
    """
    if not 0 <= tolerance_mm < np.inf:
        raise ValueError(
            f"Expected a finite tolerance_mm of at least 0. Received {tolerance_mm}. Take the "
            "distance in mm by which two experts differ."
        )
    distances = np.concatenate(border_distances(mask_a, mask_b, spacing_mm))
    near = distances <= tolerance_mm * (1 + 1e-9)  # three pixels of 0.1 mm are not quite 0.3 mm
    return float(near.mean()) if near.size else 1.0


def _spacing(spacing_mm, shape):
    """Return one size an axis of an image of this shape, or say what is wrong with either."""
    if len(shape) not in (2, 3) or (len(shape) == 3 and 1 in shape):
        raise ValueError(
            "Expected masks of one image, (height, width), or of a volume of several slices, "
            f"(slices, height, width). Received shape {shape}. Take one image of a batch, "
            "masks[0], and drop an axis of length 1, mask[..., 0]."
        )
    lengths = np.asarray(spacing_mm, float)
    if lengths.shape not in ((), (len(shape),)) or not ((lengths > 0) & (lengths < np.inf)).all():
        raise ValueError(
            f"Expected spacing_mm above 0, one number or {len(shape)}, one an axis. Received "
            f"{spacing_mm}. Give the slices' distance first, then rows and columns; where no size "
            "is known leave it out, and the distances are in pixels."
        )
    return np.broadcast_to(lengths, len(shape)).tolist()
