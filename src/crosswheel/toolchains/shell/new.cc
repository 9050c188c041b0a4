// operator new and delete, hidden: a module that has its own still wins, and exports it if it wants to.
#include <stdlib_new_delete.cpp>
