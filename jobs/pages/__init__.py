"""The read-only status pages: what developers and operators see in the browser.

page.py        what all pages share: the layout, errors as pages, whether a worker runs
changelist.py  the list of jobs
job.py         the page of a job; job_*.py are its parts
frames/        facts, pictures and a digest of results, made in a child process
composition.py wires what the page of a job needs
"""
