"""Run every comparison, or those whose file is named: ``python -m benchmarks.models off_switch``.

A file that says ``APART = True`` has peers that cannot be installed beside the pinned packages; it runs when it is named.
"""

from __future__ import annotations

import sys
from importlib import import_module
from pathlib import Path

from benchmarks.models.harness import run


def main(names: list[str]) -> None:
    """Run the benches of these files and say which ratios were missed."""
    known = sorted(path.stem for path in Path(__file__).parent.glob("[a-z]*.py") if path.stem != "harness")
    for name in names:
        if name not in known:
            raise SystemExit(f"benchmark must be one of {', '.join(known)}, got {name!r}")
    modules = [import_module(f"benchmarks.models.{name}") for name in names or known]
    wanted = [module for module in modules if names or not getattr(module, "APART", False)]
    missed = [bench.name for module in wanted for bench in module.BENCHES if not run(bench)]
    if missed:
        raise SystemExit(f"slower than asked: {'; '.join(missed)}")


if __name__ == "__main__":
    main(sys.argv[1:])
