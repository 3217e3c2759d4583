"""How good trailers are: playlists drawn by chance, measured beside other ways to join them."""
