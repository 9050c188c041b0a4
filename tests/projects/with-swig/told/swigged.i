%module(package="told") swigged
%{
#include "told.h"
static const char *told(void) { return TOLD_TEXT; }
%}
const char *told(void);
