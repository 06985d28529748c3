"""Which files a command means."""

from __future__ import annotations

import os

import pytest

from cecheck.inputs import specifications
from cecheck.options import UsageError


def test_a_folder_means_every_specification_below_it_in_order(tmp_path):
    """Other files, hidden ones and hidden folders are left alone."""
    for name in ("b.ce", "a/z.ce", "a/x.ce", "c.txt", ".hidden.ce", ".git/g.ce"):
        file = tmp_path / name
        file.parent.mkdir(exist_ok=True)
        file.write_text("")
    found = [os.path.relpath(path, tmp_path) for path in specifications([str(tmp_path)])]
    assert found == ["a/x.ce", "a/z.ce", "b.ce"]


def test_a_file_means_itself_whatever_it_is_called(tmp_path):
    """A name without `.ce` was given on purpose."""
    file = tmp_path / "protocol.txt"
    file.write_text("")
    assert specifications([str(file)]) == (str(file),)


def test_a_file_that_is_meant_twice_is_checked_once(tmp_path):
    """A folder and a file in it."""
    file = tmp_path / "a.ce"
    file.write_text("")
    assert specifications([str(file), str(tmp_path)]) == (str(file),)


@pytest.mark.parametrize("path", ["nowhere", "a\0b", "x" * 5000])
def test_a_path_that_is_not_there_is_a_usage_error(path):
    """Whatever is wrong with it."""
    with pytest.raises(UsageError):
        specifications([path])


def test_links_in_a_circle_end(tmp_path):
    """A folder that contains itself is not entered again."""
    (tmp_path / "a.ce").write_text("")
    (tmp_path / "again").symlink_to(tmp_path)
    assert len(specifications([str(tmp_path)])) == 1
