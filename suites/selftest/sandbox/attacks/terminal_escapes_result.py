"""Returns a string of control characters, surrogates and text that runs backwards."""

def shout(text):
    return "\x1b[31m\n\r\u202e\ud800\U000e0001\x9b" * 20
