"""Inside of Word and Excel files: packages, paragraphs, tables, worksheets, and the child process that reads them."""
