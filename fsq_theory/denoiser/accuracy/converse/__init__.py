"""Upper bounds on the accuracy of every codebook of a box, by the dual bound [PPV10] with a function of product form.

Modules here load python-flint (the bound) or JAX (the search for a good function): import them where they are needed.
"""
