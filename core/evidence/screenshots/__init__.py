"""Screenshots as evidence: their text, and the curves of panels of graphs, both approximate."""
