s/settings, routes, the web server and/settings and/
