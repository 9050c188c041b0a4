"""What two parallel loops counted."""

from told_threads.clang_style import count as clang_style
from told_threads.gcc_style import count as gcc_style

if gcc_style(3) != (3, 1_000_000) or clang_style(2) != (2, 1_000_000):
    raise ImportError(f"{gcc_style(3)} and {clang_style(2)} threads and rounds, not (3, 1000000) and (2, 1000000)")
