"""How good highlights are: scores, references, the baselines beside them, and the report."""
