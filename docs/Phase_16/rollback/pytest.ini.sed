s/\bjobs //g
