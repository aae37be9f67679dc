"""How long a test waits for what will come: for ever, on any machine, but for one on which it never does.

No result hangs on it, however busy the machine is; it ends a test that would not end.
"""

NEVER_S = 600.0
