#include "session.h"
int main(void) { return 0; }
