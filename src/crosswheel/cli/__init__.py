"""One module per verb; the only place that prints or exits."""
