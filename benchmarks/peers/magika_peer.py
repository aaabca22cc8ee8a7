"""What Magika (its standard model, high confidence) calls each file: `magika_peer.py FOLDER`.

A JSON object, name → {label, group}. Run in the environment of the peers.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from magika import Magika  # type: ignore[import-not-found]

folder = Path(sys.argv[1])
magika = Magika()
labels = {}
for path in sorted(folder.iterdir()):
    output = magika.identify_path(path).output
    labels[path.name] = {"label": str(output.label), "group": str(output.group)}
json.dump(labels, sys.stdout)
