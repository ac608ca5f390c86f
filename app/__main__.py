"""`python -m app`: as `streamlit run app/main.py`, with readiness and metrics where they are asked for."""

from __future__ import annotations

import sys

from streamlit.web import cli

from app import settings
from explorer_engine.errors import InputError, one_line

__all__ = ["main"]


def main() -> int:
    """Serve until stopped; 2 = the address of the operations cannot be used."""
    try:
        if (address := settings.operations()) is not None:
            from app.operations.serving import serve

            serve(*address)
    except InputError as problem:
        print(one_line(f"app: {problem}"), file=sys.stderr)  # noqa: T201
        return 2
    sys.argv = ["streamlit", "run", str(settings.ROOT / "app" / "main.py"), *sys.argv[1:]]
    return cli.main() or 0


if __name__ == "__main__":
    raise SystemExit(main())
