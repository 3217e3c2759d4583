"""The subcommands of ``hooklist``: arguments in, library calls, lines out."""
