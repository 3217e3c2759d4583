"""Answering requests: from this process alone, or from several that a parent hands connections to.

``docs/deployment.md`` tells what is shared between them and what is not.
"""
