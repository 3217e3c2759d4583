"""Covers made from what is known of a playlist's tracks; no artwork of anybody's is in them."""
