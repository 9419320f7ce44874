"""Django's database backend over the job store: it reads, from any process, and never writes."""
