"""What is done with codings once they are made: carried to a new release, compared between coders, gathered to themes.

Pure functions of plain values: nothing here knows a store, a file or a terminal, but `workbook` and `drawing`, which
make bytes.
"""
