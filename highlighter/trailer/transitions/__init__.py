"""How one track passes into the next: which way, why, and how it sounds."""
