"""The parts of `webapp.wiring.Services`, by subject."""
