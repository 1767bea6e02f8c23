"""Speed and traffic, measured: `python -m bench`, or `python -m bench NAME` for one benchmark."""
