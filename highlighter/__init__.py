"""Audio in, highlights and trailers out: knows sound; no web and no recommender."""
