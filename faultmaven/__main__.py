"""`faultmaven` and `python -m faultmaven`."""

from __future__ import annotations

from faultmaven.cli import app


def main() -> None:
    """Run the command line."""
    app()


if __name__ == "__main__":
    main()
