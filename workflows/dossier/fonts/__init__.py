"""The typefaces documents are set in, with their licence and the record of how they were made."""
