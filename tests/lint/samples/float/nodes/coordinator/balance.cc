bool too_full(int rows, int limit) {
  double share = 0.8;  // FIRES
  return rows > limit * static_cast<float>(share);  // FIRES
}

// lint: allow-float the vectors' element type, copied and never compared
int bytes(int dimension) { return dimension * sizeof(float); }
