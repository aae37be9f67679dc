"""Raises an exception whose message is a str subclass that formats itself as a hundred megabytes."""
# slow

class Text(str):
    def __format__(self, specification):
        return "V\0\0\0\4true" * 10_000_000
    def __len__(self):
        return 10**9


class Evil(Exception):
    def __str__(self):
        return Text("evil")


def is_even(n):
    raise Evil
