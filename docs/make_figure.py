"""Remake the figure of the README: accuracy against SNR at equal energy, from ``experiments/tokenizers.toml``."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

from fsq_theory.content import content_file
from fsq_theory.report.declaration import read_declaration
from fsq_theory.report.figures import save_figures
from fsq_theory.report.measure import measure

FIGURE = "accuracy_by_snr"


def main() -> None:
    """Measure at equal energy and write ``docs/accuracy_by_snr.png``."""
    declared = read_declaration(content_file("experiments", "tokenizers.toml"))
    one = replace(declared, constraints=tuple(c for c in declared.constraints if c.normalize == "energy"), t=())
    table = measure(one, seed=0, say=lambda text: print(text, file=sys.stderr))
    with TemporaryDirectory() as folder:
        (saved,) = save_figures([FIGURE], table, Path(folder))
        (Path(__file__).parent / saved.png.name).write_bytes(saved.png.read_bytes())


if __name__ == "__main__":
    main()
