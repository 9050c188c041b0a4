"""The one place that puts the parts together: a module for each verb, which loads no more than that needs."""
