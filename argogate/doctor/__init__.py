"""`argogate doctor`: from the address to the last permission, one rung after the other."""
