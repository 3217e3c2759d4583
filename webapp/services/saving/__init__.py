"""Saving a playlist: what can be saved (`plan`), and the writing that may be resumed (`recipe`)."""
