"""The read-only status pages: what developers and operators see in the browser.

page.py        what all pages share: the layout, errors as pages
changelist.py  the list of jobs
worker.py      whether a worker is at work
"""
