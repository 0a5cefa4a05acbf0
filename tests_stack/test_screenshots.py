"""The images of the documentation can be made again."""

from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image

from tools.screenshots.__main__ import FOLDER, main
from tools.screenshots.images import LIMIT, save
from tools.screenshots.pages import IMAGES


def test_the_documentation_has_them_all_and_no_others() -> None:
    assert {file.stem for file in FOLDER.glob("*.png")} == set(IMAGES)


@pytest.mark.parametrize("name", sorted(IMAGES))
def test_each_is_small_enough_for_a_repository(name: str) -> None:
    assert (FOLDER / f"{name}.png").stat().st_size <= LIMIT


def test_one_is_made_by_its_name(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["report", "--into", str(tmp_path)]) == 0
    (made,) = tmp_path.iterdir()
    assert str(made) in capsys.readouterr().out
    with Image.open(made) as image:
        assert image.width == 1400
        assert len(image.convert("RGB").getcolors(1 << 24) or []) > 20, "an empty page has fewer colours"


def test_an_unknown_name_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="2"):
        main(["nonsense"])
    assert "nonsense: expected one of trace, " in capsys.readouterr().err


def test_too_large_is_refused(tmp_path: Path) -> None:
    noise = Image.effect_noise((1400, 900), 100)
    noise.save(tmp_path / "noise.png")
    with pytest.raises(ValueError, match=r"large\.png: \d+ bytes: expected at most 300000"):
        save((tmp_path / "noise.png").read_bytes(), tmp_path / "large.png")
    assert not (tmp_path / "large.png").exists()
