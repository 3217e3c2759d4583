"""Makes the highlight network: songs to learn from, learning, export. Serving never imports it."""
