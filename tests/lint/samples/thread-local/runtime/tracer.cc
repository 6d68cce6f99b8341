thread_local int depth = 0;  // FIRES
