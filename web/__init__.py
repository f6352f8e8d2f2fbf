"""The pages and the command line: read the request, call one verb, show or redirect."""
