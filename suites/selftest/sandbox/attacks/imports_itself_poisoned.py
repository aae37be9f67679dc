"""Leaves a poisoned module table and import hooks for the next program."""

import sys


class Hook:
    def find_spec(self, name, path=None, target=None):
        raise ImportError(name)


sys.meta_path.insert(0, Hook())
sys.path_hooks.clear()
sys.path_importer_cache.clear()
for name in ("math", "json", "numpy", "typing", "collections"):
    sys.modules[name] = None


def is_even(n):
    return None
