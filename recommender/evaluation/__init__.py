"""How good the recommendations are: metrics, protocol, baselines and the report."""
