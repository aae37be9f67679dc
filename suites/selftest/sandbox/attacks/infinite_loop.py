"""Never returns."""
# timeout

def is_even(n):
    while True:
        pass
