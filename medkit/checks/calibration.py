"""Mistakes in the calibration error, worked by hand."""

import numpy as np

# said share, how many pixels say it, how many of them are right
GROUPS = np.array([(0.9, 60, 48), (0.7, 30, 24), (0.6, 10, 3)])
MODEST = 0.7  # the only group where more are right than is said
SAID, COUNT, RIGHT = GROUPS.T
GAPS, WEIGHTS = SAID - RIGHT / COUNT, COUNT / COUNT.sum()
ERROR = float(WEIGHTS @ np.abs(GAPS))

WRONG_CALIBRATIONS = {  # a hint → the numbers that it fits
    "All groups count alike here. Weigh each gap by how many pixels say so.": [np.abs(GAPS).mean()],
    "A gap to one side makes up for a gap to the other here. Take each without its sign.": [
        abs(GAPS @ WEIGHTS),
        -abs(GAPS @ WEIGHTS),
        abs(GAPS.mean()),
        -abs(GAPS.mean()),
    ],
    "This is the sum of the gaps. Weigh each by how many pixels say so, then add.": [
        np.abs(GAPS).sum()
    ],
    "This is the largest gap. The expected error is the mean over all pixels.": [
        np.abs(GAPS).max()
    ],
    "Squared gaps count large ones more. Take the gaps themselves.": [
        np.sqrt(WEIGHTS @ GAPS**2),
        WEIGHTS @ GAPS**2,
    ],
    "This counts pixels: divide by all of them.": [12.0],
    "This is how many pixels are wrong, of all. Ask how far what is said is from what is right.": [
        0.25
    ],
    "This is how many pixels are right, of all. Ask how far what is said is from what is right.": [
        0.75
    ],
    "This is the mean of what is said. Compare it with what is right, group by group.": [0.81],
}
WRONG_GROUPS = {
    "Too modest is a group where more pixels are right than it says. Here it says more.": [
        0.9,
        0.6,
    ],
    "Give what the group says, not how many of it are right.": [0.8, 24.0, 30.0],
}
