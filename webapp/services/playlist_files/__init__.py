"""Playlists as files that other programs know: M3U8, XSPF, JSPF, CSV, JSON; written and read."""
