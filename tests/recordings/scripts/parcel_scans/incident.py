from pathlib import Path


def record(out: Path, truth: Path) -> None: ...
