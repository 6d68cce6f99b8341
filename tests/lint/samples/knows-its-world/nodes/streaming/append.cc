void append() {
  if (context.is_simulated()) return;  // FIRES
  if (in_sim) return;  // FIRES
  if (isProduction()) return;  // FIRES
  bool similar = is_similar(left, right);
}
#ifdef EYRIE_SIM  // FIRES
#endif
