"""The ways in: HTTP, web pages, command line."""
