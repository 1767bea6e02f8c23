"""Following the logs of pods while their workflows run: what they print, in our log, each once."""
