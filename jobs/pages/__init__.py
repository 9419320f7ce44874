"""The read-only status pages for developers and operators.

page.py        base class: layout, error pages, state of the worker
changelist.py  the list of jobs; names.py: search by file name
job.py         the page of a job
findings.py    its results: lines of text, moments, counts
stored.py      the stored files that the pages read
media.py       the video, by ranges, and stills
boxes.py       the detections around a time, for the player

No video is decoded here: the worker's digest (pipeline.digest) has what the pages need.
"""
