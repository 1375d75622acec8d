"""The command line ``fsq-theory``: one module a command; heavy imports happen inside the commands."""
