"""The Django application that holds the lifecycle as a viewflow class."""
