"""The read-only status pages: what developers and operators see in the browser.

page.py       what all pages share: the layout, errors as pages, whether a worker runs
changelist.py the list of jobs
job.py        the page of a job
findings.py   what that page shows of the results: lines of text, moments, counts
stored.py     the files of a job that the pages read
media.py      the video, in parts, and the pictures that the worker made
boxes.py      what was found in the frames around a time

No video is decoded here: the worker's digest (pipeline.digest) has what the pages show of it.
"""
