"""Claims about codebooks and the evidence for them.

Derivations: ``step`` (what proofs are made of), ``algebra``, ``enclosures``, ``numbers``, ``lemma``, ``normal`` (what
decides steps; ``domain`` and ``spot_check`` behind them), ``derivation`` (their files), ``status`` and ``premises``
(what steps earn), ``ledger`` and ``runner`` (finding and running them, in ``processes``), ``outcome`` (the record).

Accounts: ``account`` (parts in reading order), ``render_text``, ``render_markdown``, ``render_latex``; ``prose`` and
``notation`` read formulas in running text, ``references`` the bibliography.

Users' claims: ``statement``, ``variables``, ``quantities`` (what is written), ``files``; ``examine`` (all that is
tried), in turn ``branches`` and ``definedness`` (balls over the domain), ``search``, ``ascent`` and ``derivative_free``
(looking for failures), ``confirm``, ``shrink``, ``paste`` and ``point_text`` (what was found).  They draw points by
``draws``, ``moves`` and ``codes``, and evaluate a ``comparison`` of two sides (``formula``) as numbers (``quick``,
``measured``), by derivatives (``differentiable``) or in balls (``enclosed``, of codes as they are ``meant``).
"""
