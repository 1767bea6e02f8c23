"""What Argo says, as values. Nothing here knows a clock, a network, a disk or an environment."""
