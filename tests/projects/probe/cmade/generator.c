#include <stdio.h>

int main(int count, char **words) {
  FILE *file = fopen(words[count - 1], "w");
  if (!file) return 1;
  fprintf(file, "#define POINTER %d\n", (int)sizeof(void *));
  return fclose(file);
}
