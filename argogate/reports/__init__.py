"""Renderings of one verdict: text in, text out. Whatever a workflow says is escaped here."""
