"""From a plan and an arrangement to notes: harmony, tune, bass, accompaniment, drums."""
