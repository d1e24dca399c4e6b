// The header is one of C++, too.
#include "pthconv.h"

int main() { return pthconv_abi() == PTHCONV_ABI ? 0 : 1; }
