"""The Web API, one module per area of it."""
