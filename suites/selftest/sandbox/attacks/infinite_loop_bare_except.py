"""Never returns, and swallows whatever is raised to stop it."""
# timeout

def is_even(n):
    while True:
        try:
            while True:
                pass
        except:
            pass
