"""What makes the lists in src/crosswheel/exports/data; see ../make_export_lists.py."""
