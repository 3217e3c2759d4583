"""The faces of Hooklist (web, API, command line) and everything that must be kept."""
