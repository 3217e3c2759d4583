"""A loopback Spotify and a generated music library, for the demo and the tests. Stands alone."""
