"""Libraries beside our own code on the same input, one script each; none of them is a dependency.

Each runs in a virtual environment that has our base dependencies and what its own first lines say,
prints one JSON document, and has no gate: the figures are those of the decisions 0030 to 0037.
"""
