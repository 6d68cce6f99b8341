// The tables of C functions through which SQLite calls a SqliteVfs.
#pragma once

#include <sqlite3.h>

#include "storage/sqlite/vfs.h"

namespace eyrie::storage {

// Points to the VFS and its name, which outlive it.
sqlite3_vfs make_sqlite_calls(SqliteVfs& vfs);

}  // namespace eyrie::storage
