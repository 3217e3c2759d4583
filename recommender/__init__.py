"""Tables in, playlists out: tracks, features and vectors; knows no audio and no web."""
