"""For those who write a bearer of their own: a check that it does what the office relies on."""
