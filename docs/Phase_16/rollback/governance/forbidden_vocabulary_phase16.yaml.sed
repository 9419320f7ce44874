s/(\nfunctional_folders: \[[^]\n]*)\bjobs, /\1/
