"""The watched folder: what lies in it, what may be taken in, and what is said beside each file, in Korean.

`gathering` looks, `moving` claims and puts aside, `journal` remembers, `page` shows, `cleaning` removes. Names of files
may be names of people: they stay in this folder, in notes, journal and page alike.
"""
