"""What is compiled is kept where it can be, by the source of all of it, and checks every index."""

from __future__ import annotations

import ast
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numba
import numpy as np
import pytest

from burgrave.engines.compiling import Compiler, Forgotten, compiler

if TYPE_CHECKING:
    from collections.abc import Callable

KERNELS = ("burgrave.engines.events.kernels", "burgrave.engines.detection.kernels")


def second(values: Any) -> Any:
    return values[1]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "loops").mkdir()
    (tmp_path / "loops" / "one.py").write_text("one")
    (tmp_path / "codes.py").write_text("codes")
    return tmp_path / "loops"


def test_where_nothing_can_be_kept_it_is_compiled_all_the_same(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    njit: Callable[..., Any] = numba.njit

    def nowhere(function: Callable[..., Any], *, cache: bool = False, **wishes: Any) -> Any:
        if cache:
            raise RuntimeError("cannot cache function: no locator available")
        return njit(function, **wishes)

    monkeypatch.setattr(numba, "njit", nowhere)
    assert Compiler(folder)(second)(np.array([5, 7])) == 7


def test_an_index_outside_of_its_array_is_an_error(folder: Path) -> None:
    with pytest.raises(IndexError):
        Compiler(folder)(second)(np.array([5]))


def test_what_was_compiled_is_kept_beside_the_sources_and_nowhere_else(folder: Path) -> None:
    before = numba.config.CACHE_DIR
    compiled = Compiler(folder)
    assert compiled(second)(np.array([5, 7])) == 7
    assert list(compiled.kept_in.rglob("*.nbc"))
    assert compiled.kept_in.parent == folder / "__pycache__"
    assert before == numba.config.CACHE_DIR


def test_another_source_of_any_kind_is_another_place(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    beside = folder.parent / "codes.py"

    def place() -> Path:
        return Compiler(folder, beside=[beside]).kept_in

    seen = [place()]
    assert place() == seen[0]
    (folder / "one.py").write_text("other")
    seen.append(place())
    (folder / "two.py").write_text("two")
    seen.append(place())
    beside.write_text("other codes")
    seen.append(place())
    (folder.parent / "compiler.py").write_text("another compiler")
    monkeypatch.setattr(compiler, "_OURS", folder.parent / "compiler.py")
    seen.append(place())
    assert len(set(seen)) == len(seen)


def compiled_of(folder: Path, text: str) -> tuple[Compiler, Callable[..., Any]]:
    """A loop as it is compiled beside such a source."""
    (folder / "one.py").write_text(text)
    made = Compiler(folder)
    loop = made(second)
    assert loop(np.array([5, 7])) == 7
    return made, loop


def test_what_was_compiled_of_other_sources_is_forgotten_and_nothing_else(folder: Path) -> None:
    old, _ = compiled_of(folder, "old")
    now, _ = compiled_of(folder, "now")
    above = folder.parent / "__pycache__"
    above.mkdir()
    others = [now.kept_in.parent / "one.cpython-311.pyc", old.kept_in / "notes.txt", above / "one.cpython-311.pyc"]
    for path in (*others, above / "one.second-20.py311.nbi", above / "one.second-20.py311.1.nbc"):
        path.write_bytes(b"four")
    (above / "deeper").mkdir()
    (above / "deeper" / "x.nbi").touch()
    size = sum(path.stat().st_size for path in old.kept_in.rglob("*.nb?"))
    kept = sorted(now.kept_in.rglob("*"))

    assert now.forget_others() == Forgotten(4, size + 8)
    assert list(old.kept_in.rglob("*.nb?")) == []
    assert sorted(now.kept_in.rglob("*")) == kept
    assert all(path.exists() for path in (*others, above / "deeper" / "x.nbi"))
    assert now.forget_others() == Forgotten()


def test_a_process_that_began_with_other_sources_compiles_again_and_goes_on(folder: Path) -> None:
    """It has its folder, and whatever of it is gone at any moment."""
    old, _ = compiled_of(folder, "old")
    late = old(second)
    now, _ = compiled_of(folder, "now")
    assert now.forget_others().files == 2
    assert late(np.array([5, 7])) == 7
    assert late(np.array([5.0, 7.0])) == 7.0
    assert len(list(old.kept_in.rglob("*.nbc"))) == 2


def test_where_the_sources_changed_since_a_process_began_it_forgets_nothing(folder: Path) -> None:
    old, _ = compiled_of(folder, "old")
    now, _ = compiled_of(folder, "now")
    assert old.forget_others() == Forgotten()
    assert list(now.kept_in.rglob("*.nbc"))


def test_what_may_not_be_removed_stays(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    compiled_of(folder, "old")
    now, _ = compiled_of(folder, "now")

    def refuse(_path: Path) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "unlink", refuse)
    assert now.forget_others() == Forgotten()


@pytest.mark.parametrize("package", KERNELS)
def test_a_change_of_any_module_that_loops_are_made_of_is_seen(package: str, tmp_path: Path) -> None:
    found = import_module(f"{package}.compiling").compiled
    here = Path(str(import_module(package).__file__)).parent
    assert _beside(here)
    for source in [*here.glob("*.py"), *_beside(here)]:
        assert source in found._sources, source.name


def _beside(kernels: Path) -> set[Path]:
    """The modules of the engine that its loops take names from."""
    engine = kernels.parent
    prefix = f"burgrave.engines.{engine.name}"
    named: set[str] = set()
    for source in kernels.glob("*.py"):
        for each in ast.walk(ast.parse(source.read_text())):
            if isinstance(each, ast.ImportFrom) and each.module == prefix:
                named.update(name.name for name in each.names)
            elif isinstance(each, ast.ImportFrom) and str(each.module).startswith(f"{prefix}."):
                named.add(str(each.module).removeprefix(f"{prefix}.").split(".")[0])
    return {engine / f"{name}.py" for name in named - {"kernels"}}
