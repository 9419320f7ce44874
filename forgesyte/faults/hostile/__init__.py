"""Videos that nobody should send: seeds, mutations of them, and forgeries.

seeds.py      small videos of several codecs and containers
boxes.py      the boxes of a file, damaged ones too
mutations.py  changes anywhere
fields.py     changes of what the index says: sizes, counts, times, codecs
forgeries.py  files made up: playlists, other containers, polyglots, tracks without a video
bombs.py      small files with large frames
files.py      the files of a run, by number
canary.py     what must not be touched, and whether it was
"""
