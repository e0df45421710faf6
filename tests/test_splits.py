"""No patient is on two sides, the sides have the sizes asked for, and a leak is named."""

import numpy as np
import pytest
from sklearn.model_selection import GroupShuffleSplit

from medkit import splits


def random_cases(seed, count=150):
    rng = np.random.default_rng(seed)
    for case in range(count):
        patients = rng.integers(20, 60)
        ids = rng.permutation(np.repeat(np.arange(patients), rng.integers(1, 6, patients)))
        ids = ids if case % 2 else np.array([f"patient-{i}" for i in ids])
        fractions = [(0.7, 0.3), (0.6, 0.2, 0.2), (0.5, 0.25, 0.15, 0.1)][case % 3]
        yield ids, fractions, rng.integers(0, 2, len(ids)) * rng.integers(0, 2, len(ids)), case


def patients_of(ids, side):
    return set(ids[side].tolist())


def test_every_image_is_on_one_side_and_every_patient_too():
    for ids, fractions, labels, seed in random_cases(0):
        for given in (None, labels):
            sides = splits.split_by_patient(ids, fractions, given, seed)
            assert len(sides) == len(fractions)
            assert sorted(np.concatenate(sides).tolist()) == list(range(len(ids)))
            assert all((np.diff(side) > 0).all() for side in sides)
            patients = [patients_of(ids, side) for side in sides]
            assert sum(map(len, patients)) == len(set(ids.tolist()))


def test_the_sides_have_the_shares_of_patients_asked_for():
    for ids, fractions, labels, seed in random_cases(1):
        count = len(set(ids.tolist()))
        for given, slack in ((None, 1), (labels, 2)):  # rounded once for each value of the label
            for side, share in zip(
                splits.split_by_patient(ids, fractions, given, seed), fractions, strict=True
            ):
                assert abs(len(patients_of(ids, side)) - share * count) <= slack + 1e-9


def test_patients_with_a_finding_are_spread_in_proportion():
    uneven = 0
    for ids, fractions, labels, seed in random_cases(2):
        sick = {i for i in ids.tolist() if labels[ids == i].max() == 1}
        counts = [
            [len(sick & patients_of(ids, side)) for side in splits.split_by_patient(ids, *rest)]
            for rest in ((fractions, labels, seed), (fractions, None, seed))
        ]
        expected = np.multiply(fractions, len(sick))
        assert (abs(counts[0] - expected) <= 1 + 1e-9).all()
        uneven += (abs(counts[1] - expected) > 1 + 1e-9).any()
    assert uneven > 30  # without labels it is left to chance


def test_grades_are_spread_one_by_one():
    grades = np.repeat(np.arange(5), 10)
    train, test = splits.split_by_patient(np.arange(50), (0.8, 0.2), grades)
    assert np.bincount(grades[train]).tolist() == [8] * 5
    assert np.bincount(grades[test]).tolist() == [2] * 5


def test_sizes_by_hand():
    sides = splits.split_by_patient(np.arange(5), (0.75, 0.25))  # 3.75 patients are 4
    assert [len(side) for side in sides] == [4, 1]
    sides = splits.split_by_patient(np.repeat(np.arange(9), 2), (0.5, 0.3, 0.2), [0] * 12 + [1] * 6)
    # six patients end at 3 and 4.8, that is 5; three at 1.5, that is 2 (to even), and 2.4, also 2
    assert [len(side) // 2 for side in sides] == [3 + 2, 2 + 0, 1 + 1]


def test_sizes_agree_with_scikit_learn():
    ids = np.random.default_rng(3).permutation(np.repeat(np.arange(40), 3))
    train, test = splits.split_by_patient(ids, (0.75, 0.25))
    (theirs,) = GroupShuffleSplit(1, test_size=0.25, random_state=0).split(ids, groups=ids)
    assert (len(train), len(test)) == tuple(map(len, theirs)) == (90, 30)


def test_each_patient_has_the_same_chance():
    ids = np.arange(10)
    labels = ids >= 6
    drawn = np.zeros(10)
    for seed in range(600):
        drawn[splits.split_by_patient(ids, (0.5, 0.5), labels, seed)[1]] += 1
    assert (abs(drawn / 600 - 0.5) < 0.1).all()  # almost five standard errors


def test_a_split_is_a_pure_function_and_does_not_see_the_order_of_the_images():
    for ids, fractions, labels, seed in random_cases(4, 30):
        before = ids.copy()
        first = splits.split_by_patient(ids, fractions, labels, seed)
        again = splits.split_by_patient(ids.tolist(), list(fractions), labels.tolist(), seed)
        assert all(map(np.array_equal, first, again))
        order = np.random.default_rng(seed).permutation(len(ids))
        moved = splits.split_by_patient(ids[order], fractions, labels[order], seed)
        assert [patients_of(ids, side) for side in first] == [
            patients_of(ids[order], side) for side in moved
        ]
        np.testing.assert_array_equal(ids, before)
    others = [splits.split_by_patient(np.arange(30), seed=seed)[1].tolist() for seed in range(5)]
    assert len(set(map(tuple, others))) == 5


def test_the_split_asks_for_a_leak_itself(monkeypatch):
    seen = []
    monkeypatch.setattr(splits, "refuse_shared_patients", lambda **ids: seen.append(ids))
    ids = np.array([4, 4, 2, 7, 7, 9])
    train, test = splits.split_by_patient(ids)
    (asked,) = seen
    assert [values.tolist() for values in asked.values()] == [*map(list, (ids[train], ids[test]))]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (([1, 2, 3], (0.7, 0.2)), r"add up to 1\. Received \(0\.7, 0\.2\), which add up to 0\.9\."),
        (([1, 2, 3], (1.5, -0.5)), r"fractions above 0"),
        (([1, 2, 3], (1.0, 0.0)), r"fractions above 0"),
        (([1, 2, 3], ()), r"fractions above 0"),
        (([5, 5, 5],), r"each of the 2 sides\. Received 1 to divide by \(0\.7, 0\.3\)\. Take more"),
        (([1, 2], (0.4, 0.3, 0.3)), r"each of the 3 sides\. Received 2 to divide"),
        (([],), r"one patient.*Received shapes \(0,\)"),
        (([1, 2], (0.5, 0.5), [1, np.nan]), r"number as the label.*Received 1 nan\. Leave"),
        (([1, 2], (0.5, 0.5), [1]), r"Received shapes \(2,\) and \(1,\)\. Pass flat lists"),
    ],
)
def test_a_split_refuses_with_a_reason(arguments, words):
    with pytest.raises(ValueError, match=words):
        splits.split_by_patient(*arguments)


# ---- a leak -------------------------------------------------------------------------------------


def message(**sides):
    with pytest.raises(splits.LeakError) as caught:
        splits.refuse_shared_patients(**sides)
    assert isinstance(caught.value, ValueError)
    return str(caught.value)


def test_a_leak_is_named():
    assert message(train=[58, 17, 41, 17, 3], test=np.array([41, 58, 17, 99])) == (
        "Expected no patient in both train and test. Received 3 in both: 17, 41, 58. "
        "Split by patient: medkit.splits.split_by_patient."
    )
    assert "Received 1 in both: ann. Split" in message(a=["bo", "ann"], b=np.array(["ann"], object))


def test_five_are_named_and_the_others_counted():
    assert "7 in both: 0, 1, 2, 3, 4 and 2 more. Split" in message(a=range(7), b=range(20))
    assert "5 in both: 0, 1, 2, 3, 4. Split" in message(a=range(5), b=range(20))


@pytest.mark.parametrize("pair", [("train", "validation"), ("train", "test")])
@pytest.mark.parametrize("shared", [7, "p7"])
def test_every_pair_of_sides_is_looked_at(pair, shared):
    sides = {name: [type(shared)(i)] for i, name in enumerate(("train", "validation", "test"))}
    assert splits.refuse_shared_patients(**sides) is None
    for name in pair:
        sides[name].append(shared)
    assert f"both {pair[0]} and {pair[1]}. Received 1 in both: {shared}." in message(**sides)


def test_a_number_and_its_name_are_one_patient():
    assert "Received 1 in both: 17." in message(train=[16, 17], test=["17", "18"])


def test_a_split_by_image_leaks():
    ids = np.repeat(np.arange(20), 5)
    order = np.random.default_rng(5).permutation(100)
    train, test = ids[order[:70]], ids[order[70:]]
    assert f"Received {len(set(train) & set(test))} in both: 0, 1" in message(
        train=train, test=test
    )
    assert splits.refuse_shared_patients(train=[], test=ids) is None
