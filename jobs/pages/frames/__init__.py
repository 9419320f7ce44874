"""What the page of a job shows of files that may be hostile or large: facts, pictures, digests.

One child process reads them, on request; nothing here decodes a video in the server itself.

service.py  what the pages call
facts.py    what a video is
process.py  the child as the server sees it: started, asked, killed
child.py    what runs inside it
source.py   a video in the child: its facts and any of its frames
limits.py   what the kernel allows the child
cache.py    what was made once, on the disk
"""
