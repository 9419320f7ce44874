"""What the page of a job shows of a video, gathered while its results are written.

file.py     the digest, and the file that holds it with its pictures
builder.py  builds a digest from the items of the results
moments.py  chooses the frames of which there are pictures
stills.py   the pictures, from the frames on their way through the pipeline

Only stills.py needs a vendor library.
"""
