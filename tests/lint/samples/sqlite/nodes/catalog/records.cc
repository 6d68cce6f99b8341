#include <sqlite3.h>  // FIRES
