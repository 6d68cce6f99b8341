int twelve = 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1;  // and it goes on and on to here   FIRES
int three = 1 + 1 + 1;  // it too is long and goes on, but only just to the last column of all  100.
