"""The use cases of Hooklist; plain values in and out, no request objects."""
