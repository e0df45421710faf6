"""Fixtures that several test files use."""

import pytest


@pytest.fixture
def save(tmp_path):
    """Return a function that writes bytes and gives the path of the file."""

    def write(data, name="image"):
        path = tmp_path / name
        path.write_bytes(data)
        return path

    return write
