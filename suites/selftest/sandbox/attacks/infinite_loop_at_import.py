"""Never gets to define its function."""
# timeout

while True:
    pass
