# lscpu(1): the architecture and its baseline, nothing of the processor that happens to build.
printf '%-21s%s\n' Architecture: "$machine" 'CPU op-mode(s):' "$bits-bit" 'Byte Order:' "$([ "$endian" = little ] && echo Little || echo Big) Endian" \
  'CPU(s):' "$(nproc)" 'Model name:' "baseline $machine"
