"""The stand-in's own pages: consent, and what stands for open.spotify.com. No script at all."""
