"""A seeded generator of stained blood smears: red cells, white cells and platelets."""

from dataclasses import dataclass

import numpy as np

CLASSES = ("RBC", "WBC", "Platelets")
SPLITS = {None: 0, "train": 0, "validation": 1, "test": 2}
# How strongly each dye swallows red, green and blue light, per unit of optical density.
EOSIN = np.array([0.18, 0.62, 0.60])
AZURE = np.array([0.95, 1.25, 0.30])
PINK_GRAIN = np.array([0.15, 0.95, 0.40])


@dataclass(frozen=True)
class Cell:
    """One cell: its class, centre and radius in pixels, and its seed for shape and texture."""

    kind: int  # index into CLASSES
    y: float
    x: float
    radius: float


def blood_smears(
    n=100,
    size=(240, 320),
    seed=0,
    split="train",
    red_cells=14.0,
    white_cells=1.0,
    platelets=1.0,
    overlap=0.35,
    stain=0.2,
    focus=1.0,
    noise=0.02,
):
    """Make stained blood smears under the microscope; every cell's box and outline is known.

    Light passes through the cells one after the other and each dye swallows its share
    (Beer and Lambert), so cells that overlap look darker, as on a real slide. Numbers and sizes
    follow the BCCD photographs; shapes, colours and textures are made.

    Args:
        n: number of images.
        size: (height, width) in pixels; a red cell is about a sixth of the width across.
        seed: int; the same arguments always give the same bits.
        split: "train", "validation" or "test"; different smears.
        red_cells: mean number of red cells in an image.
        white_cells: mean number of white cells.
        platelets: mean number of platelets.
        overlap: how far cells may cover each other, 0 (touching) to about 0.8.
        stain: how much the dyes differ from slide to slide, 0 to about 0.5.
        focus: mean blur of the optics in pixels at 320 pixels width.
        noise: standard deviation of the camera's noise, share of the range.

    Returns:
        dict: images (n, height, width, 3) uint8, boxes (list of (k, 4) float32 y_min, x_min,
        y_max, x_max in pixel edges), box_labels (list of (k,) 0 RBC, 1 WBC, 2 Platelets),
        masks (n, height, width) int32: 0 background, else 1 + the index of the uppermost cell.
        A cell of which less than a quarter is in the image is drawn but not labelled.

    Raises:
        ValueError: n, size or split is out of range.
    """
    if n < 1 or min(size) < 64 or split not in SPLITS:
        raise ValueError(
            "Expected n ≥ 1, a size of at least 64 × 64 pixels and a split out of train, "
            f"validation, test. Received n={n}, size={size}, split={split!r}. Change that one."
        )
    counts = (red_cells, white_cells, platelets)
    smears = []
    for index in range(n):
        rng = np.random.default_rng([seed, SPLITS[split], index])
        cells = _place(rng, size, counts, overlap)
        smears.append(_photograph(rng, cells, size, stain, focus, noise))
    images, boxes, labels, masks = zip(*smears, strict=True)
    return {
        "images": np.stack(images),
        "boxes": list(boxes),
        "box_labels": list(labels),
        "masks": np.stack(masks),
    }


def _place(rng, size, counts, overlap):
    """Scatter cells, white ones first; red ones like to lie against one another."""
    height, width = size
    red_radius = width * 0.080 * rng.uniform(0.92, 1.08)
    area = (1 + 2 * red_radius / height) * (1 + 2 * red_radius / width)  # cut cells come on top
    cells = []
    for kind, mean in ((1, counts[1]), (2, counts[2]), (0, counts[0] * rng.uniform(0.5, 1.6))):
        for _ in range(rng.poisson(mean * (area if kind == 0 else 1))):
            for _attempt in range(30):
                cell = _draw_cell(rng, kind, cells, size, red_radius)
                if all(_far_enough(cell, other, overlap) for other in cells):
                    cells.append(cell)
                    break
    return cells


def _draw_cell(rng, kind, cells, size, red_radius):
    radius = (
        red_radius
        * {
            0: rng.normal(1, 0.09),
            1: rng.choice([1.25, 1.75, 1.95], p=[0.3, 0.5, 0.2]) * rng.normal(1, 0.08),
            2: rng.uniform(0.28, 0.48),
        }[kind]
    )
    red = [cell for cell in cells if cell.kind == 0]
    if kind == 0 and red and rng.uniform() < 0.55:
        near = red[rng.integers(len(red))]
        angle, reach = rng.uniform(0, 2 * np.pi), (near.radius + radius) * rng.uniform(0.6, 1.05)
        return Cell(kind, near.y + reach * np.sin(angle), near.x + reach * np.cos(angle), radius)
    margin = red_radius if kind == 0 else -0.2 * radius
    y, x = rng.uniform(-margin, np.array(size) + margin)
    return Cell(kind, y, x, radius)


def _far_enough(a, b, overlap):
    allowed = overlap if a.kind == b.kind == 0 else 0.1
    return np.hypot(a.y - b.y, a.x - b.x) > (1 - allowed) * (a.radius + b.radius)


def _photograph(rng, cells, size, stain, focus, noise):
    """Return the image and the truth: boxes, labels and the map of instances."""
    from scipy import ndimage

    density = np.zeros((*size, 3), np.float32)
    mask = np.zeros(size, np.int32)
    boxes, labels = [], []
    dyes = [dye * np.exp(rng.normal(0, stain, 3) * 0.5) for dye in (EOSIN, AZURE, PINK_GRAIN)]
    strength = np.exp(rng.normal(0, stain))
    for cell in cells:
        patch = _patch(cell, size)
        if patch is None:
            continue
        window, dy, dx = patch
        inside, share, painted = _stain_cell(rng, cell, dy, dx, dyes)
        density[window] += strength * painted
        if share >= 0.25 and inside.any():
            boxes.append(_box(inside, window))
            labels.append(cell.kind)
            mask[window][inside] = len(boxes)
    lamp = _lamp(rng, size)
    image = lamp * np.exp(-density)
    blur = focus * size[1] / 320 * rng.uniform(0.5, 1.6)
    image = ndimage.gaussian_filter(image, (blur, blur, 0))
    image += noise * rng.standard_normal(image.shape)
    image = (255 * np.clip(image, 0, 1)).round().astype(np.uint8)
    boxes = np.array(boxes, np.float32).reshape(-1, 4)
    return image, boxes, np.array(labels, np.int64), mask


def _lamp(rng, size):
    """Return the empty slide, (height, width, 3): a little green, brighter on one side."""
    y, x = (np.linspace(-1, 1, length) for length in size)
    slope = rng.normal(0, 0.04, 2)
    shade = 1 + slope[0] * y[:, None] + slope[1] * x - 0.03 * (y[:, None] ** 2 + x**2)
    colour = np.array([0.86, 0.88, 0.84]) + rng.normal(0, 0.02, 3)
    return shade[..., None] * colour


def _patch(cell, size):
    """Return the part of the image a cell can reach, and each pixel's offset in radii."""
    reach = 1.35 * cell.radius + 2
    top, left = max(int(cell.y - reach), 0), max(int(cell.x - reach), 0)
    bottom, right = min(int(cell.y + reach) + 1, size[0]), min(int(cell.x + reach) + 1, size[1])
    if top >= bottom or left >= right:
        return None
    window = np.s_[top:bottom, left:right]
    y, x = np.mgrid[window] + 0.5
    return window, (y - cell.y) / cell.radius, (x - cell.x) / cell.radius


def _box(inside, window):
    rows, columns = np.flatnonzero(inside.any(1)), np.flatnonzero(inside.any(0))
    top, left = window[0].start, window[1].start
    return [top + rows[0], left + columns[0], top + rows[-1] + 1, left + columns[-1] + 1]


def _stain_cell(rng, cell, dy, dx, dyes):
    """Return the cell's silhouette, the share of it in the image, and its optical density."""
    roughness = (0.035, 0.05, 0.12)[cell.kind]
    edge = _outline(rng, dy, dx, roughness, stretch=(0.10, 0.07, 0.2)[cell.kind])
    body = _soft(edge, 1.6 / cell.radius)
    paint = (_red_cell, _white_cell, _platelet)[cell.kind]
    density = paint(rng, edge, body, dy, dx, dyes)
    inside = edge < 0
    share = inside.sum() / (np.pi * cell.radius**2)
    return inside, share, density.astype(np.float32)


def _soft(edge, width):
    """Return 1 inside, 0 outside, with an edge of the given width (in radii)."""
    return np.clip(0.5 - edge / width, 0, 1)


def _outline(rng, dy, dx, roughness, stretch, count=5):
    """Return the distance (in radii, negative inside) from an ellipse with a wavy border."""
    turn, pull = rng.uniform(0, np.pi), np.exp(rng.normal(0, stretch))
    u = (np.cos(turn) * dx + np.sin(turn) * dy) * pull
    v = (np.cos(turn) * dy - np.sin(turn) * dx) / pull
    angle, distance = np.arctan2(v, u), np.hypot(u, v)
    for wave in range(2, 2 + count):
        height = rng.normal(0, roughness) / (wave - 1)
        distance = distance - height * np.cos(wave * angle + rng.uniform(0, 2 * np.pi))
    return distance - 1


def _grain(rng, dy, dx, wavelength, count=14):
    """Return a mottled texture with mean 0 and standard deviation 1: a sum of plane waves."""
    turn, phase = rng.uniform(0, 2 * np.pi, (2, count))
    total = np.zeros_like(dy)
    for angle, start in zip(turn, phase, strict=True):
        along = np.cos(angle) * dy + np.sin(angle) * dx
        total += np.cos(2 * np.pi * rng.uniform(0.7, 1.3) / wavelength * along + start)
    return total * np.sqrt(2 / count)


def _red_cell(rng, edge, body, dy, dx, dyes):
    """A disc that is thin in the middle (the pallor) and a little thicker at the rim."""
    distance = np.clip(1 + edge, 0, None)
    pallor = rng.uniform(0.35, 0.8) * np.exp(-((distance / rng.uniform(0.42, 0.6)) ** 4))
    rim = 0.22 * np.exp(-((edge / 0.07) ** 2))
    thickness = rng.uniform(0.55, 0.85) * (1 - pallor + 0.03 * _grain(rng, dy, dx, 0.9))
    return ((thickness + rim) * body)[..., None] * dyes[0]


def _platelet(rng, edge, body, dy, dx, dyes):
    """A small violet flake with darker grains."""
    dark = 0.55 + 0.13 * _grain(rng, dy, dx, 0.8)
    return (np.clip(dark, 0.15, 1) * _soft(edge, 0.5))[..., None] * dyes[1]


def _white_cell(rng, edge, body, dy, dx, dyes):
    """Pale cytoplasm round a dark nucleus: lobed, round or kidney-shaped; some with pink grains."""
    kind = rng.choice(["lobed", "round", "kidney", "pink"], p=[0.55, 0.2, 0.1, 0.15])
    nucleus = _soft(_nucleus(rng, kind, dy, dx), 0.10) * body
    chromatin = np.clip(1.05 + 0.14 * _grain(rng, dy, dx, 0.32), 0.5, 1.6)
    paleness = {"lobed": 0.16, "round": 0.24, "kidney": 0.22, "pink": 0.14}[kind]
    cytoplasm = np.clip(paleness * (1 + 0.35 * _grain(rng, dy, dx, 0.16)), 0.02, 1)
    cytoplasm = cytoplasm + 0.10 * np.exp(-((edge / 0.05) ** 2))
    density = (cytoplasm * body * (1 - nucleus))[..., None] * dyes[1]
    density = density + (chromatin * nucleus)[..., None] * dyes[1]
    if kind == "pink":
        grains = np.clip(_grain(rng, dy, dx, 0.20), 0, 1.5) * body * (1 - nucleus)
        density = density + 0.6 * grains[..., None] * dyes[2]
    return density


def _nucleus(rng, kind, dy, dx):
    """Return the distance (negative inside) from the nucleus: one disc, or lobes in a row."""
    if kind == "round":
        return _outline(rng, dy / 0.78, dx / 0.78, 0.03, 0.05)
    lobes = {"lobed": rng.integers(2, 6), "kidney": 6, "pink": 2}[kind]
    spread = {"lobed": rng.uniform(2.4, 4.6), "kidney": 2.6, "pink": 2.2}[kind]
    start, orbit = rng.uniform(0, 2 * np.pi), rng.uniform(0.36, 0.46)
    radius = {"lobed": rng.uniform(0.27, 0.34), "kidney": 0.34, "pink": 0.38}[kind]
    distance = np.full_like(dy, 9.0)
    for lobe in range(lobes):
        angle = start + spread * lobe / max(lobes - 1, 1)
        y, x = dy - orbit * np.sin(angle), dx - orbit * np.cos(angle)
        new = _outline(rng, y / radius, x / radius, 0.06, 0.12) * radius
        gap = np.clip(0.5 + (distance - new) / 0.16, 0, 1)  # a smooth union joins the lobes
        distance = distance * (1 - gap) + new * gap - 0.08 * gap * (1 - gap)
    return distance
