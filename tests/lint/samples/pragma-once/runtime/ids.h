#ifndef IDS
#define IDS
#endif
